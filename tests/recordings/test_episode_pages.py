"""What people say of a replay, over HTTP: who is answered what, what stands on pages, and the picture of a link."""

import io
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse
from PIL import Image

from accounts import pictures as avatars_made
from accounts.models import User
from accounts.services import avatars, blocks
from recordings import pictures
from recordings.models import Clip, Comment, Like, Replay
from recordings.services import answers
from rooms.models import Space
from tests.support import cast
from tests.support.episodes import episode, signed_in
from tests.support.hostile import HOSTILE

HTMX = {"HX-Request": "true"}
ANSWERS = "{% load episodes %}{% comment_marks replay %}{% replay_answers replay %}"


@pytest.fixture
def replay(db) -> Replay:
    return episode()


@pytest.fixture
def listener(db) -> User:
    return cast.user("listener")


@pytest.fixture
def clip(replay, listener) -> Clip:
    return answers.clip(replay=replay, title="The best of it", start_ms=12_500, length_ms=20_000, by=listener)


def path(name: str, replay: Replay, *args) -> str:
    return reverse(name, args=[replay.space.slug, *args])


def comment(client: Client, replay: Replay, **fields):
    return client.post(path("replay_comments", replay), {"at_ms": "1000", "text": "Well said."} | fields, headers=HTMX)


def shown(replay: Replay, reader=None) -> str:
    """What stands below the player."""
    request = RequestFactory().get("/")
    request.user = reader or AnonymousUser()
    replay = Replay.objects.select_related("space__host").get(pk=replay.pk)
    return Template(ANSWERS).render(Context({"request": request, "user": request.user, "replay": replay}))


# --- Refusals ---


ASKED = [("put", "replay_like"), ("delete", "replay_like"), ("post", "replay_comments"), ("post", "replay_clips")]


@pytest.mark.parametrize(("verb", "name"), ASKED)
@pytest.mark.parametrize(
    "fields",
    [{"visibility": "private"}, {"state": "waiting"}, {"space": {"is_private": True}}],
    ids=lambda f: next(iter(f)),
)
def test_what_one_cannot_hear_does_not_exist(db, listener, verb, name, fields):
    made = episode(**fields)
    assert getattr(signed_in(listener), verb)(path(name, made), headers=HTMX).status_code == 404


def test_those_who_spoke_answer_a_private_replay(db):
    made = episode(visibility="private")
    for handle in ("host", "speaker", "cohost"):
        client = signed_in(User.objects.get(handle=handle))
        assert client.put(path("replay_like", made), headers=HTMX).status_code == 200
    assert Like.objects.count() == 3


def test_everything_of_it_is_gone_from_the_second_of_its_expiry_on(replay, listener, clip):
    for seconds, status in ((-1, 200), (0, 404), (1, 404)):
        with time_machine.travel(replay.expires_at + timedelta(seconds=seconds), tick=False):
            client = signed_in(listener)
            for name, *args in (("clip", clip.pk), ("clip_card", clip.pk), ("replay_card",), ("replay_chapters",)):
                assert client.get(path(name, replay, *args)).status_code == status, name
            assert client.put(path("replay_like", replay), headers=HTMX).status_code == status
            assert comment(client, replay).status_code == status


def test_a_refusal_is_a_sentence(replay, listener):
    response = Client().put(path("replay_like", replay), headers=HTMX)
    assert response.status_code == 403 and "Sign in first" in response.content.decode()
    blocks.block(person=listener, by=replay.space.host)
    response = comment(signed_in(listener), replay)
    assert response.status_code == 403 and "blocked you" in unescape(response.content.decode())


@pytest.mark.parametrize("at_ms", ["", "-1", "x", "1.5", "9" * 30, "120001"])
def test_a_moment_that_is_none_is_refused_or_the_beginning(replay, listener, at_ms):
    response = comment(signed_in(listener), replay, at_ms=at_ms)
    assert response.status_code in (200, 422)
    assert set(Comment.objects.values_list("at_ms", flat=True)) <= {0}


def test_one_comment_a_second_and_a_hundred_an_hour(replay, listener, monkeypatch):
    client = signed_in(listener)
    assert [comment(client, replay).status_code for _ in range(2)] == [200, 429]
    monkeypatch.setattr("recordings.views.episodes.limit", lambda key, times, seconds: seen.append((times, seconds)))
    seen: list = []
    comment(client, replay)
    assert (1, 1) in seen and (100, 3600) in seen


def test_nobody_deletes_through_another_replay(replay, listener):
    other = episode("Another", host=cast.user("other"))
    said = answers.write(replay=replay, at_ms=0, text="Here", by=listener)
    assert signed_in(listener).delete(path("replay_comment", other, said.pk)).status_code == 404
    assert signed_in(listener).delete(path("replay_comment", replay, uuid4())).status_code == 404
    assert Comment.objects.count() == 1


# --- Answers ---


def test_a_like_is_answered_with_the_button_as_it_is_now(replay, listener):
    client = signed_in(listener)
    page = client.put(path("replay_like", replay), headers=HTMX).content.decode()
    assert 'id="likes"' in page and 'aria-pressed="true"' in page and "hx-delete" in page
    page = client.delete(path("replay_like", replay), headers=HTMX).content.decode()
    assert 'aria-pressed="false"' in page and "hx-put" in page


def test_a_comment_comes_back_with_its_mark(replay, listener):
    page = comment(signed_in(listener), replay, at_ms="60000").content.decode()
    assert 'id="comment-list"' in page and "Well said." in page and ">1:00</a>" in page
    assert '<rect x="500"' in page


def test_without_script_one_comes_back_to_the_page(replay, listener):
    client = signed_in(listener)
    response = client.post(path("replay_comments", replay), {"at_ms": "1000", "text": "Well said."})
    assert response.status_code == 302 and response["Location"] == replay.get_absolute_url()
    cut = {"title": "Best", "start_ms": "1000", "length_ms": "9000"}
    response = client.post(path("replay_clips", replay), cut)
    assert response["Location"] == Clip.objects.get().get_absolute_url()


def test_the_next_page_of_comments_is_asked_for_by_its_moment(replay, listener, monkeypatch):
    monkeypatch.setattr("recordings.selectors.answers.COMMENTS_SHOWN", 2)
    for at_ms in (1000, 2000, 3000):
        answers.write(replay=replay, at_ms=at_ms, text=f"at {at_ms}", by=listener)
    assert "after=2000" in shown(replay)
    page = Client().get(path("replay_comments", replay) + "?after=2000", headers=HTMX).content.decode()
    assert "at 3000" in page and "at 2000" not in page and "after=" not in page


def test_below_the_player_stands_what_each_reader_may_do(replay, listener, clip, django_assert_num_queries):
    answers.write(replay=replay, at_ms=1000, text="Mine", by=listener)
    deletes = path("replay_comment", replay, Comment.objects.get().pk)
    visitor = shown(replay)
    assert "Sign in to like" in visitor and "comment-form" not in visitor and "clip-form" not in visitor
    for reader, may in ((listener, True), (replay.space.host, True), (cast.user("other"), False)):
        page = shown(replay, reader)
        assert "comment-form" in page and "clip-form" in page and (deletes in page) is may
    blocks.block(person=listener, by=replay.space.host)
    assert "comment-form" not in shown(replay, listener)
    reader = User.objects.get(handle="other")
    # One for the replay itself.
    with django_assert_num_queries(8):
        shown(replay, reader)


def test_a_replay_too_short_for_a_clip_offers_none(replay, listener):
    Replay.objects.update(duration_ms=4000)
    assert "clip-form" not in shown(replay, listener)
    Replay.objects.update(clips_allowed=False)
    assert "Clips" not in shown(replay, listener)


@pytest.mark.parametrize("words", HOSTILE)
def test_hostile_words_are_words_on_every_page(replay, listener, words):
    answers.write(replay=replay, at_ms=1000, text=words, by=listener)
    made = answers.clip(replay=replay, title=words, start_ms=0, length_ms=9000, by=listener)
    Space.objects.update(description=words)
    Replay.objects.update(title=words)
    for page in (shown(replay, listener), Client().get(made.get_absolute_url()).content.decode()):
        assert words in unescape(page)
        if "<" in words or '"' in words:
            assert words not in page


# --- Clips and cards ---


def test_a_clip_plays_its_range(replay, clip):
    page = Client().get(clip.get_absolute_url()).content.decode()
    assert f'{path("replay_audio", replay, "m4a")}#t=12.5,32.5"' in page
    assert 'data-from="12500" data-until="32500"' in page and f"{replay.get_absolute_url()}?t=12.5" in page


def test_a_clip_is_nobodys_once_the_host_allows_none_or_its_maker_is_gone(replay, listener, clip):
    User.objects.filter(pk=listener.pk).update(is_active=False)
    assert Client().get(clip.get_absolute_url()).status_code == 404
    User.objects.filter(pk=listener.pk).update(is_active=True)
    Replay.objects.update(clips_allowed=False)
    assert Client().get(clip.get_absolute_url()).status_code == 404
    assert signed_in(listener).delete(clip.get_absolute_url(), headers=HTMX).status_code == 200


def test_a_link_has_a_card_where_everybody_may_hear(settings, replay, clip):
    settings.SITE_URL = "https://floor.example.org"
    page = Client().get(clip.get_absolute_url()).content.decode()
    for part in (
        'property="og:title" content="The best of it"',
        f'property="og:image" content="https://floor.example.org{path("clip_card", replay, clip.pk)}"',
        'name="twitter:card" content="summary_large_image"',
        'type="application/rss+xml" title="Host on Openfloor" href="https://floor.example.org/@host/podcast.xml"',
    ):
        assert part in page
    head = Template("{% load episodes %}{% replay_head replay %}").render(Context({"replay": replay}))
    assert f'property="og:audio" content="https://floor.example.org{path("replay_audio", replay, "m4a")}"' in head


@pytest.mark.parametrize(
    "fields", [{"visibility": "private"}, {"space": {"is_private": True}}], ids=["replay", "space"]
)
def test_what_is_not_for_everybody_has_no_card_and_is_in_no_index(db, fields):
    made = episode(**fields)
    host = made.space.host
    cut = answers.clip(replay=made, title="Among us", start_ms=0, length_ms=9000, by=host)
    client = signed_in(host)
    page = client.get(cut.get_absolute_url()).content.decode()
    assert '<meta name="robots" content="noindex">' in page and "og:" not in page
    for name, *args in (("replay_card",), ("clip_card", cut.pk)):
        assert client.get(path(name, made, *args)).status_code == 404
    assert client.get(path("replay_chapters", made))["Cache-Control"] == "private, no-store"


def test_a_card_is_a_picture_of_the_size_it_says(replay, clip):
    for name, *args in (("replay_card",), ("clip_card", clip.pk)):
        response = Client().get(path(name, replay, *args))
        assert response["Content-Type"] == "image/png" and response["Cache-Control"] == "public, no-cache"
        with Image.open(io.BytesIO(response.content)) as picture:
            assert picture.size == (1200, 630)
        again = {"If-None-Match": response["ETag"]}
        assert Client().get(path(name, replay, *args), headers=again).status_code == 304
    Replay.objects.update(title="Another")
    assert Client().get(path("replay_card", replay))["ETag"] != response["ETag"]


def test_a_podcast_has_the_cover_directories_take(replay):
    photo = io.BytesIO()
    Image.new("RGB", (600, 400), "teal").save(photo, "JPEG")
    avatars.put(picture=avatars_made.square(photo.getvalue()), by=replay.space.host)
    response = Client().get(reverse("podcast_cover", args=["host"]))
    with Image.open(io.BytesIO(response.content)) as picture:
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (1400, 1400), "RGB")
        red, green, blue = picture.getpixel((700, 500))
        assert red < 40 and abs(green - 128) < 12 and abs(blue - 128) < 12


@pytest.mark.parametrize("words", [*HOSTILE[:3], "", "漢字 🎉", "W" * 70, "a\x00b", "e" + "\u0301" * 40, "\u200d"])
def test_a_picture_can_be_drawn_of_any_words(words):
    face = pictures.Face(words[:50], words[:2], 5, b"no picture")
    assert pictures.card(words, face=face, line="Replay", peaks=[]) and pictures.cover(face)
