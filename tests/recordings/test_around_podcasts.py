"""Podcasts, around the feed: asked for again, chapters, lists of podcasts, and pages that lead to them."""

import json
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import graph
from recordings.models import Replay
from rooms.models import Participant
from tests.support import cast, recorded
from tests.support.episodes import episode, signed_in

SITE = "https://floor.example.org"


@pytest.fixture(autouse=True)
def _known_to_the_world(settings):
    settings.SITE_URL = SITE


@pytest.fixture
def replay(db) -> Replay:
    return episode()


def address(handle: str = "host") -> str:
    return reverse("podcast", args=[handle])


# --- Asked for again ---


def test_what_is_known_already_is_not_sent_again(replay):
    first = Client().get(address())
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = {"If-None-Match": first["ETag"]}
    assert Client().get(address(), headers=again).status_code == 304
    Replay.objects.update(title="Another title")
    assert Client().get(address(), headers=again).status_code == 200


def test_what_has_changed_since_is_sent_though_nothing_new_stands_in_it(replay):
    began = timezone.now().replace(microsecond=0)
    since = {}
    with time_machine.travel(began, tick=False) as clock:
        assert "Last-Modified" not in Client().get(address()).headers
        clock.shift(5)
        since["If-Modified-Since"] = Client().get(address())["Last-Modified"]
        assert Client().get(address(), headers=since).status_code == 304
        clock.move_to(replay.expires_at)
        assert Client().get(address(), headers=since).status_code == 200


# --- Chapters ---


def chapters(replay: Replay) -> dict:
    response = Client().get(reverse("replay_chapters", args=[replay.space.slug]))
    assert response["Content-Type"] == "application/json+chapters"
    return json.loads(response.content)


def test_chapters_are_those_of_the_file(replay):
    found = chapters(replay)
    assert found["version"] == "1.2.0" and found["title"] == "Small gardens"
    assert found["chapters"] == [
        {"startTime": 0, "title": "Host"},
        {"startTime": 50, "title": "Speaker"},
        {"startTime": 90, "title": "Cohost"},
    ]


def test_a_chapter_leads_past_what_the_host_cut_off(replay):
    Replay.objects.update(starts_at_ms=20_500)
    found = chapters(replay)["chapters"]
    assert found[0] == {"startTime": 0, "title": "Host", "toc": False}
    assert found[1] == {"startTime": 20.5, "title": "Beginning"}
    assert all("toc" not in chapter for chapter in found[1:])


@pytest.mark.parametrize(
    ("whose", "fields"),
    [
        (User, {"is_active": False}),
        (User, {"closing_at": timezone.now()}),
        (Participant, {"removed_at": timezone.now()}),
    ],
    ids=["suspended", "closing", "removed"],
)
def test_whom_the_page_calls_somebody_no_program_is_told_of(replay, whose, fields):
    speaker = recorded.of(replay.space, "speaker")
    whose.objects.filter(pk=speaker.pk if whose is Participant else speaker.user_id).update(**fields)
    assert [chapter["title"] for chapter in chapters(replay)["chapters"]] == ["Host", "Somebody", "Cohost"]
    feed = Client().get(address()).content
    assert b"Speaker" not in feed and b"@speaker" not in feed and b"@cohost" in feed


def test_chapters_have_the_names_that_people_have_now(replay):
    User.objects.filter(handle="speaker").update(display_name="Another name")
    assert chapters(replay)["chapters"][1]["title"] == "Another name"


# --- Lists of podcasts ---


def outlines(user: User) -> list[tuple]:
    response = signed_in(user).get(reverse("podcasts_opml"))
    assert response.status_code == 200 and "private" in response["Cache-Control"]
    root = ElementTree.fromstring(response.content)
    assert root.tag == "opml" and root.get("version") == "2.0"
    return [(each.get("type"), each.get("text"), each.get("xmlUrl")) for each in root.iter("outline")]


def test_a_list_of_podcasts_is_for_people_who_are_signed_in(db):
    assert Client().get(reverse("podcasts_opml")).status_code == 302


def test_it_holds_the_hosts_one_follows_of_whom_something_can_be_heard(replay, django_assert_max_num_queries):
    reader = cast.user("reader")
    shy, quiet = cast.user("shy"), cast.user("quiet")
    episode("Of the shy", host=shy)
    for person in (replay.space.host, shy, quiet):
        graph.follow(person=person, by=reader)
    episode("Of one not followed", host=cast.user("other"))
    User.objects.filter(pk=shy.pk).update(is_protected=True)
    User.objects.filter(handle="host").update(display_name="<&>")
    assert outlines(reader) == [("rss", "<&> on Openfloor", f"{SITE}{address()}")]


# --- On pages ---


def test_a_profile_leads_to_the_podcast_while_there_is_one(replay):
    page = Client().get("/@host/").content.decode()
    assert f'type="application/rss+xml" title="Host on Openfloor" href="{address()}"' in page
    assert f'data-share="{SITE}{address()}"' in page
    Replay.objects.update(visibility="private")
    assert "podcast" not in Client().get("/@host/").content.decode()


def test_the_list_of_whom_one_follows_offers_their_podcasts(replay):
    reader, other = cast.user("reader"), cast.user("other")
    page = reverse("following", args=["reader"])
    graph.follow(person=other, by=reader)
    assert reverse("podcasts_opml") not in signed_in(reader).get(page).content.decode()
    graph.follow(person=replay.space.host, by=reader)
    assert reverse("podcasts_opml") in signed_in(reader).get(page).content.decode()
    assert reverse("podcasts_opml") not in signed_in(other).get(page).content.decode()
