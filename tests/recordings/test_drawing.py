"""Pictures that are drawn when they are asked for: of whom, how many, and once at a time."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from recordings import pictures
from recordings.models import Replay
from recordings.views import drawing
from tests.support import cast
from tests.support.episodes import episode


@pytest.fixture
def drawings(monkeypatch) -> list:
    """What was drawn, in a moment."""
    made = []

    def draw(*args, **kwargs) -> bytes:
        made.append((args, kwargs))
        return b"a picture"

    for name in ("card", "cover"):
        monkeypatch.setattr(pictures, name, draw)
    return made


def ask(draw, facts: str = "the same"):
    return drawing.drawn(RequestFactory().get("/"), facts, draw, kind="image/png")


def test_without_a_podcast_there_is_no_cover(db, drawings):
    cast.user("quiet")
    episode(visibility="private")
    for handle in ("quiet", "host"):
        assert Client().get(reverse("podcast_cover", args=[handle])).status_code == 404
    assert drawings == []
    Replay.objects.update(visibility="public")
    assert Client().get(reverse("podcast_cover", args=["host"])).status_code == 200


def test_an_address_has_so_many_drawn_in_a_minute_and_sees_again_what_there_is(db, drawings, monkeypatch):
    monkeypatch.setattr(drawing, "DRAWN_MOST", 2)
    card = reverse("replay_card", args=[episode().space.slug])
    for title, status in (("One", 200), ("Two", 200), ("Three", 429), ("Two", 200)):
        Replay.objects.update(title=title)
        response = Client().get(card)
        assert response.status_code == status, title
    Replay.objects.update(title="Three")
    refused = Client().get(card)
    assert refused.content.decode() == "That was a bit fast. Wait a moment, then try again."
    assert refused["Retry-After"] == "60"
    assert Client().get(card, REMOTE_ADDR="203.0.113.9").status_code == 200
    assert len(drawings) == 3


def test_of_all_who_ask_at_once_one_has_it_drawn():
    made = []

    def draw() -> bytes:
        made.append(1)
        time.sleep(0.5)
        return b"a picture"

    with ThreadPoolExecutor(6) as threads:
        answers = [each.result() for each in [threads.submit(ask, draw) for _ in range(6)]]
    assert [each.content for each in answers] == [b"a picture"] * 6
    assert made == [1]


def test_who_waits_too_long_comes_again(monkeypatch):
    monkeypatch.setattr(drawing, "AWAITED_SECONDS", 0.2)
    begun, enough = Event(), Event()

    def slowly() -> bytes:
        begun.set()
        enough.wait(10)
        return b"a picture"

    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(ask, slowly)
        assert begun.wait(10)
        assert ask(lambda: b"another").status_code == 429
        enough.set()
        assert slow.result().content == b"a picture"
    assert ask(lambda: b"another").content == b"a picture"


def test_what_could_not_be_drawn_is_drawn_by_the_next():
    with pytest.raises(ZeroDivisionError):
        ask(lambda: 1 // 0)
    assert ask(lambda: b"a picture").content == b"a picture"
