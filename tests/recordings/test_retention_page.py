"""The page that says until when what was kept of a Space is kept, why, who looked, and what became of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from recordings import places
from recordings.models import Copy, Hold, Replay, StaffAccess, Tombstone
from recordings.selectors import fate
from recordings.services import purge
from rooms.identity import Person
from rooms.models import Space
from rooms.services import spaces
from tests.support import cast, purged, recorded, replayed
from tests.support.episodes import signed_in
from tests.support.html import text

ENDED = datetime(2026, 11, 22, 20, 15, 30, tzinfo=UTC)


def day(days: int, seconds: int = 0) -> datetime:
    return ENDED + timedelta(days=days, seconds=seconds)


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch) -> None:
    monkeypatch.setattr(purge.guard, "database_now", lambda now: now)


@pytest.fixture
def space(db, storage) -> Space:
    return recorded.space(purged.TALKS, ended=ENDED)


def page(space: Space, at: datetime | None = None, client: Client | None = None) -> str:
    with time_machine.travel(at or datetime.now(UTC), tick=False):
        answer = (client or Client()).get(reverse("retention", args=[space.slug]))
    assert answer.status_code == 200
    return text(answer.content.decode())


def on_space_page(space: Space, at: datetime) -> str:
    with time_machine.travel(at, tick=False):
        return text(Client().get(space.get_absolute_url()).content.decode())


def access(space: Space, at: datetime) -> None:
    keeper, _ = type(space.host).objects.get_or_create(handle="keeper", defaults={"email": "keeper@example.org"})
    StaffAccess.objects.create(copy=space.copy, by=keeper, reason="Anna was reported", at=at)


# --- Whom it is for ---


def test_of_a_private_space_it_is_for_those_who_may_know_of_it(space, client):
    Space.objects.update(is_private=True)
    address = reverse("retention", args=[space.slug])
    assert client.get(address).status_code == 404
    client.force_login(space.host)
    assert client.get(address).status_code == 200


def test_of_what_never_began_there_is_none(space, client):
    Space.objects.update(state="cancelled", started_at=None, ended_at=None, scheduled_for=ENDED)
    assert client.get(reverse("retention", args=[space.slug])).status_code == 404


# --- The clock ---


def test_a_live_space_says_what_will_be(room):
    Space.objects.update(review_copy=True)
    assert "The clock starts when this Space ends." in page(room.space)
    assert "It is destroyed 30 days after the end, and 90 days after it where a report" in page(room.space)
    assert reverse("retention", args=[room.space.slug]) in Client().get(room.space.get_absolute_url()).content.decode()


def test_without_copies_it_says_so(room):
    Space.objects.update(review_copy=False)
    assert "This server makes no copies of Spaces." in page(room.space)
    spaces.end(space=room.space, by=room.host)
    assert "Nothing of the sound was kept." in page(room.space)


def test_the_usual_day(space):
    words = page(space, day(3))
    assert "22 Dec 2026, 20:15 UTC" in words and "That is the usual time: 30 days after the end." in words
    assert "Nobody so far." in words and "10 %" in words


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("report", "Somebody reported this Space, and that is not decided yet."),
        ("upheld", "A report about this Space was upheld. The copy is kept for 90 days"),
    ],
)
def test_the_reason_where_it_is_longer(space, kind, words):
    Hold.objects.create(copy=space.copy, kind=kind, key="1", reason="Anna shouted", placed_at=ENDED)
    with time_machine.travel(day(1), tick=False):
        purge.retention.recompute(Copy.objects.select_related("space").get())
    shown = page(space, day(40))
    assert words in shown and "20 Feb 2027, 20:15 UTC" in shown and "Anna shouted" not in shown


def test_a_legal_hold_says_when_somebody_looks_again(space):
    keeper = cast.user("keeper", is_staff=True)
    facts = {"by": keeper, "review_on": date(2027, 2, 1), "placed_at": ENDED}
    Hold.objects.create(copy=space.copy, kind="legal", key="1", reason="A court", **facts)
    purge.retention.recompute(Copy.objects.select_related("space").get())
    words = page(space, day(40))
    assert "Held for a legal matter" in words and "1 Feb 2027" in words and "A court" not in words


@pytest.mark.parametrize(("seconds", "words"), [(-1, "That is the usual time"), (0, "nobody can hear it")])
def test_from_its_second_on_it_is_expired(space, seconds, words):
    assert words in page(space, day(30, seconds))


def test_kept_for_the_replay_alone_it_is_for_no_staff(space):
    Space.objects.update(review_copy=False)
    words = page(Space.objects.get(), day(3))
    assert "for the sound that the replay is made of" in words and "staff cannot open it" in words


# --- Who looked ---


def test_how_often_staff_opened_it_and_when_without_names_or_reasons(space):
    for hours in (1, 5):
        access(space, ENDED + timedelta(hours=hours))
    words = page(space, day(3))
    assert "Staff opened it two times." in words
    assert "22 Nov 2026, 21:15 UTC" in words and "23 Nov 2026, 01:15 UTC" in words
    assert "Anna was reported" not in words and "keeper" not in words.lower()


def test_it_still_says_so_when_all_is_gone(space):
    access(space, ENDED)
    with time_machine.travel(day(30), tick=False):
        purge.purge_due()
    assert "Staff opened it one time." in page(space, day(31))


# --- The proof ---


def test_the_proof_of_destruction(space):
    assert "Proof" not in page(space, day(3))
    with time_machine.travel(day(30, 42), tick=False):
        purge.purge_due()
    words = page(space, day(31))
    assert "Nothing of the copy is left." in words and "Proof of destruction" in words
    assert places.tomb("copy", space.pk) in words and "3 files," in words and "its usual time was over" in words
    assert "22 Dec 2026, 20:15 UTC" in words and "22 Dec 2026, 20:16 UTC" in words


def test_a_copy_that_held_nothing_proves_nothing(space):
    space.copy.segments.all().delete()
    Copy.objects.update(state="purged")
    assert "It held no sound" in page(space, day(31)) and not Tombstone.objects.exists()


# --- The replay ---


def test_what_becomes_of_the_replay(space):
    replay = replayed.replay(space, purged.TALKS)
    assert "It holds only those who agreed" in page(space, day(3))
    Replay.objects.update(for_good=True, expires_at=None)
    assert "The host has published it for good" in page(space, day(3))
    with time_machine.travel(day(4), tick=False):
        purge.replay(replay=replay)
    assert "It is gone for everybody." in page(space, day(4))
    with time_machine.travel(day(4, 60), tick=False):
        purge.purge_due()
    words = page(space, day(5))
    assert "Proof that the replay is destroyed" in words and "the host deleted it" in words


def test_that_there_is_or_was_a_private_replay_is_for_those_it_is_for(space):
    strangers = [None, signed_in(cast.user("stranger"))]
    pages = [each(space, at) for at in (day(3), day(5)) for each in (page, on_space_page)]
    none = [page(space, day(3), client) for client in strangers]
    replay = replayed.replay(space, purged.TALKS, visibility="private")
    host = signed_in(space.host)

    def told(at: datetime) -> list[str]:
        return [page(space, at, client) for client in strangers]

    assert told(day(3)) == none and "There is none that you could hear." in none[0]
    assert "It holds only those who agreed" in page(space, day(3), host)
    Replay.objects.update(for_good=True, expires_at=None)
    assert told(day(3)) == none
    assert "The host keeps it, for themselves and for those who spoke" in page(space, day(3), host)
    with time_machine.travel(day(4), tick=False):
        purge.replay(replay=replay)
    assert page(space, day(5)) == pages[2]
    with time_machine.travel(day(4, 60), tick=False):
        purge.purge_due()
    assert Tombstone.objects.filter(kind="replay").exists()
    assert pages == [each(space, at) for at in (day(3), day(5)) for each in (page, on_space_page)]
    assert "Proof that the replay is destroyed" in page(space, day(5), host)


# --- On the page of the Space ---


def test_the_page_of_an_ended_space_says_it_in_a_sentence(space):
    said = on_space_page(space, day(3))
    assert "for staff alone, is kept and destroyed on 22 Dec 2026" in said and "What is kept, and until when" in said
    assert "nobody can hear it, and it is being destroyed" in on_space_page(space, day(30))
    Copy.objects.update(state="purged")
    assert "What was kept of the sound is destroyed." in on_space_page(space, day(31))
    Copy.objects.update(state="kept", expires_at=None, why="legal")
    assert "is held for a legal matter" in on_space_page(space, day(31))


def test_it_takes_the_same_queries_however_often_staff_looked(space, django_assert_num_queries):
    for hours in range(3):
        access(space, ENDED + timedelta(hours=hours))
        with django_assert_num_queries(4):
            fate(space, Person(), day(3))
    Copy.objects.update(why="legal", expires_at=None)
    with django_assert_num_queries(5):
        fate(space, Person(), day(3))
