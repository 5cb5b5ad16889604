"""Podcasts: what stands in a feed and what does not, as two independent programs read it; and lists of podcasts."""

import io
from datetime import timedelta
from uuid import uuid5
from xml.etree import ElementTree

import feedparser
import podcastparser
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import people
from recordings import podcast
from recordings.models import Cue, Replay
from rooms.models import Space
from rooms.services import spaces
from tests.support import cast, recorded
from tests.support.episodes import SOUND, episode, signed_in
from tests.support.hostile import HOSTILE
from tests.support.planned import plan

SITE = "https://floor.example.org"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
# The podcast namespace by its older name, the one that gPodder's parser knows.
OLDER = b"https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md"


@pytest.fixture(autouse=True)
def _known_to_the_world(settings):
    settings.SITE_URL = SITE


@pytest.fixture
def replay(db) -> Replay:
    return episode()


def address(handle: str = "host") -> str:
    return reverse("podcast", args=[handle])


def fetched(handle: str = "host") -> bytes:
    response = Client().get(address(handle))
    assert response.status_code == 200 and response["Content-Type"] == "application/rss+xml; charset=utf-8"
    return response.content


def channel(document: bytes | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(document or fetched()).find("channel")


def titles(handle: str = "host") -> list[str]:
    return [item.findtext("title") for item in channel(fetched(handle)).findall("item")]


def read_twice(document: bytes) -> tuple:
    """By feedparser, which says what it had to forgive, and by gPodder's podcastparser, which forgives nothing."""
    general = feedparser.parse(document)
    assert not general.bozo, general.bozo_exception
    namespaced = document.replace(b"https://podcastindex.org/namespace/1.0", OLDER)
    return general, podcastparser.parse(f"{SITE}{address()}", io.BytesIO(namespaced))


# --- Whose there are ---


def test_nobody_and_closed_accounts_have_none(replay):
    for name in ("podcast", "podcast_cover"):
        assert Client().get(reverse(name, args=["nobody"])).status_code == 404
    User.objects.filter(handle="host").update(is_active=False)
    for name in ("podcast", "podcast_cover"):
        assert Client().get(reverse(name, args=["host"])).status_code == 404


def test_who_approves_followers_by_hand_has_none_for_anybody(replay):
    host = replay.space.host
    User.objects.filter(pk=host.pk).update(is_protected=True)
    for reader in (None, host):
        for name in ("podcast", "podcast_cover"):
            assert signed_in(reader).get(reverse(name, args=["host"])).status_code == 404


@pytest.mark.parametrize(
    "fields",
    [
        {"visibility": "private"},
        {"state": "waiting"},
        {"state": "mixing"},
        {"state": "failed"},
        {"state": "empty"},
        {"state": "deleted", "m4a": "", "opus": "", "deleted_at": timezone.now()},
        {"expires_at": timezone.now()},
    ],
    ids=lambda fields: " ".join(map(str, fields)) + str(fields.get("state", "")),
)
def test_what_not_everybody_can_hear_is_in_none(db, fields):
    episode(**fields)
    assert titles() == []


def test_replays_of_private_spaces_and_of_others_are_in_none(db):
    episode("Among us", space={"is_private": True})
    episode("Of another", host=cast.user("another"))
    assert titles() == [] and titles("another") == ["Of another"]


def test_an_episode_is_gone_from_the_second_of_its_expiry_on(replay):
    for seconds, seen in ((-1, ["Small gardens"]), (0, []), (1, [])):
        with time_machine.travel(replay.expires_at + timedelta(seconds=seconds), tick=False):
            assert titles() == seen
            for name in ("replay_card", "replay_chapters"):
                status = Client().get(reverse(name, args=[replay.space.slug])).status_code
                assert status == (200 if seen else 404), name


def test_an_episode_for_good_stays(db):
    made = episode(for_good=True, expires_at=None)
    with time_machine.travel(made.space.ended_at + timedelta(days=4000)):
        assert titles() == ["Small gardens"]


def test_a_former_handle_leads_to_the_feed(replay):
    people.change_handle(handle="anna", by=replay.space.host)
    response = Client().get(address())
    assert response.status_code == 302 and response["Location"] == address("anna")


# --- What stands in it ---


def test_two_programs_read_the_whole_episode_from_it(replay):
    Space.objects.update(description="Who waters them, and when?", language="de")
    general, podcasts = read_twice(fetched())
    page = f"{SITE}/spaces/{replay.space.slug}/replay/"
    for found in (general.feed, podcasts):
        assert found["title"] == "Host on Openfloor" and found["link"] == f"{SITE}/@host/"
        assert found["language"] == "de"
    assert podcasts["itunes_author"] == general.feed["author"] == "Host"
    assert podcasts["cover_url"] == general.feed["image"]["href"] == f"{SITE}/@host/podcast.jpg"
    assert podcasts["type"] == "episodic" and podcasts["explicit"] is False
    [one], [other] = general.entries, podcasts["episodes"]
    assert one["title"] == other["title"] == "Small gardens"
    assert one["link"] == other["link"] == page
    assert one["id"] == other["guid"] == str(replay.pk)
    assert one["summary"] == other["description"] == "Who waters them, and when?"
    [enclosure] = one["enclosures"]
    assert enclosure["href"] == f"{page}audio.m4a" and int(enclosure["length"]) == len(SOUND["m4a"])
    [enclosure] = other["enclosures"]
    assert (enclosure["url"], enclosure["file_size"]) == (f"{page}audio.m4a", len(SOUND["m4a"]))
    assert enclosure["mime_type"] == "audio/x-m4a"
    assert one["itunes_duration"] == "120" and other["total_time"] == 120
    assert other["published"] == int(replay.space.ended_at.timestamp())
    assert other["chapters_json_url"] == f"{page}chapters.json"
    assert [(person["name"], person["role"], person["href"]) for person in other["persons"]] == [
        ("Host", "host", f"{SITE}/@host/"),
        ("Speaker", "guest", f"{SITE}/@speaker/"),
        ("Cohost", "co-host", f"{SITE}/@cohost/"),
    ]


def test_the_enclosure_is_as_long_as_the_file(replay):
    enclosure = channel().find("item/enclosure")
    response = Client().get(enclosure.get("url").removeprefix(SITE))
    assert response.status_code == 200 and response["Content-Length"] == enclosure.get("length")


def test_it_has_the_tags_a_directory_asks_for(replay):
    found = channel()
    assert found.find(f"{ITUNES}category").get("text") and found.findtext(f"{ITUNES}explicit") == "false"
    assert found.findtext(f"{PODCAST}medium") == "podcast"
    itself = found.find("{http://www.w3.org/2005/Atom}link")
    assert itself.get("rel") == "self" and itself.get("href") == f"{SITE}{address()}"
    other = found.find(f"item/{PODCAST}alternateEnclosure")
    assert other.get("length") == str(len(SOUND["opus"]))
    assert other.find(f"{PODCAST}source").get("uri").endswith("/replay/audio.opus")
    assert b"@example.org" not in fetched()


def test_its_guid_is_that_of_its_address(replay):
    assert channel().findtext(f"{PODCAST}guid") == str(uuid5(podcast.GUIDS, "floor.example.org/@host/podcast.xml"))
    # The example of the specification.
    assert podcast.guid("https://mp3s.nashownotes.com/pc20rss.xml") == "917393e3-1b1e-5cef-ace4-edaa54e1f810"


def test_who_is_not_heard_is_not_named(replay):
    who = recorded.of(replay.space, "speaker")
    Replay.objects.update(voices=[voice for voice in replay.voices if voice[0] != str(who.pk)])
    assert b"@speaker" not in fetched()
    User.objects.filter(handle="cohost").update(is_active=False)
    assert b"@cohost" not in fetched()


def test_the_newest_stands_first(db):
    now = timezone.now()
    for days, title in ((2, "Middle"), (1, "Newest"), (3, "Oldest")):
        host = User.objects.filter(handle="host").first()
        made = recorded_at(title, now - timedelta(days=days), host)
        assert made.title == title
    assert titles() == ["Newest", "Middle", "Oldest"]


def recorded_at(title: str, ended, host) -> Replay:
    return episode(title, host=host, space={"ended": ended})


def test_what_is_on_air_or_planned_leads_to_its_page(db):
    host = cast.user("host")
    soon = plan(host, "Next week")
    Space.objects.filter(pk=plan(cast.user("other"), "Secret", is_private=True).pk).update(host=cast.user("third"))
    live = spaces.start(title="Right now", speak_permission="invited", by=host)
    found = {item.get("status"): item for item in channel().findall(f"{PODCAST}liveItem")}
    assert found.keys() == {"live", "pending"}
    assert found["live"].findtext("title") == "Right now" and found["pending"].findtext("title") == "Next week"
    assert found["live"].get("start") == live.started_at.isoformat(timespec="seconds")
    assert found["pending"].get("start") == soon.scheduled_for.isoformat(timespec="seconds")
    link = found["live"].find(f"{PODCAST}contentLink")
    assert link.get("href") == f"{SITE}{live.get_absolute_url()}"
    read_twice(fetched())


def test_private_spaces_are_not_announced(db):
    host = cast.user("host")
    plan(host, "Secret", is_private=True)
    spaces.start(title="Secret too", speak_permission="invited", is_private=True, by=host)
    assert channel().findall(f"{PODCAST}liveItem") == []


def test_a_transcript_is_linked_where_words_of_somebody_heard_are_written_down(replay):
    link = f"item/{PODCAST}transcript"
    silent = recorded._seated(replay.space, "silent", "no")
    for who in (silent, recorded.of(replay.space, "speaker")):
        assert channel().find(link) is None
        Cue.objects.create(copy=replay.space.copy, participant=who, start_ms=1, end_ms=2, text="Tomatoes")
    found = channel().find(link)
    assert found.get("url").endswith("/replay/transcript.vtt") and found.get("type") == "text/vtt"
    Replay.objects.update(voices=[])
    assert channel().find(link) is None


@pytest.mark.parametrize("words", [*HOSTILE, "a\x0b\x1f\ufffe\uffffb", "]]>", "漢字 🎉 \u202e"])
def test_whatever_people_write_the_feed_is_well_formed(replay, words):
    Space.objects.update(description=words)
    Replay.objects.update(title=words)
    User.objects.update(display_name=words[:50], bio=words)
    general, podcasts = read_twice(fetched())
    seen = podcast._text(words)
    item = channel().find("item")
    assert item.findtext("title") == seen and item.findtext("description") == seen
    assert podcasts["episodes"][0]["title"] == podcastparser.squash_whitespace(seen)
    chapters = Client().get(reverse("replay_chapters", args=[replay.space.slug])).json()
    assert (chapters["title"], chapters["chapters"][0]["title"]) == (words, words[:50])


def test_the_feed_takes_as_many_queries_whatever_stands_in_it(replay, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        fetched()
    for n in range(4):
        episode(f"Another {n}", host=replay.space.host)
    with django_assert_max_num_queries(5):
        assert len(titles()) == 5
