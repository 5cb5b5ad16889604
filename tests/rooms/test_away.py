"""People whose sound is lost for a moment: gone from the roster, kept on the stage, back by themselves."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from rooms import fragments, selectors
from rooms.identity import Person
from rooms.models import Participant, Space
from rooms.roles import Hand, Role
from rooms.services import attendance, clock, removal, spaces, stage
from tests.support.html import by_id


def lose(*people: Participant) -> None:
    attendance.note_connections(lost=[str(person.pk) for person in people], back=[])


def find(*people: Participant) -> None:
    attendance.note_connections(lost=[], back=[str(person.pk) for person in people])


def shown(room) -> dict[str, str]:
    return by_id(fragments.snapshot(room.space.pk, room.now("host")).html)


def version(room) -> int:
    return Space.objects.get(pk=room.space.pk).version


def test_a_listener_who_is_away_is_neither_shown_nor_counted(room):
    lose(room.listener, room.guest)
    seen = selectors.room(room.space.pk)
    assert (seen.listeners, seen.listener_count, seen.guest_count) == ([], 0, 0)
    assert selectors.live_spaces(selectors.Look(), 1)[0].audience == 0
    assert "Listener" not in shown(room)["roster"] and "no account" not in shown(room)["manage"]
    find(room.listener, room.guest)
    assert selectors.room(room.space.pk).listener_count == 2


def test_a_seat_is_kept_and_says_reconnecting(room):
    stage.unmute(participant=room.speaker, by=room.speaker)
    before = shown(room)
    lose(room.speaker)
    after = shown(room)
    assert "Reconnecting" not in before["stage"] and after["stage"].count("Reconnecting") == 1
    assert after["manage"].count("reconnecting") == 1
    assert room.now("speaker").role == Role.SPEAKER and not room.now("speaker").seat.muted
    find(room.speaker)
    assert "Reconnecting" not in shown(room)["stage"]


def test_a_reconnecting_seat_says_nothing_of_its_microphone(room):
    muted = shown(room)["stage"].count(", muted")
    lose(room.speaker)
    assert shown(room)["stage"].count(", muted") == muted - 1


def test_a_hand_keeps_its_place_and_hosts_see_that_its_owner_is_away(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    lose(room.listener)
    assert selectors.hands(room.space) == [room.listener]
    assert "reconnecting" in shown(room)["manage"]


def test_an_offer_that_ran_out_meanwhile_runs_anew_when_its_owner_is_back(room, settings):
    stage.offer_seat(participant=room.listener, by=room.host)
    lose(room.listener)
    late = timezone.now() + timedelta(seconds=settings.OFFER_SECONDS + 5)
    with time_machine.travel(late, tick=False):
        clock.tick(space_id=room.space.pk)
        find(room.listener)
        clock.tick(space_id=room.space.pk)
    back = room.now("listener")
    assert back.hand == Hand.OFFERED
    assert back.offer_until == late + timedelta(seconds=settings.OFFER_SECONDS)


def test_the_same_word_twice_is_no_news(room):
    lose(room.speaker)
    once, since = version(room), room.now("speaker").away_since
    lose(room.speaker)
    find(room.host, room.listener)
    assert (version(room), room.now("speaker").away_since) == (once, since)


def test_many_people_are_one_piece_of_news(room):
    before = version(room)
    lose(room.host, room.speaker, room.listener, room.guest)
    assert version(room) == before + 1


def test_of_strangers_and_of_those_who_left_nothing_is_noted(room):
    attendance.leave(participant=room.listener, by=room.listener)
    before = version(room)
    attendance.note_connections(lost=[str(room.listener.pk), str(uuid.uuid4())], back=[str(uuid.uuid4())])
    assert version(room) == before and room.now("listener").away_since is None


@pytest.mark.parametrize("act", ["leaves", "is removed", "sees it end"])
def test_whoever_goes_is_not_away_any_more(room, act):
    lose(room.cohost)
    if act == "leaves":
        attendance.leave(participant=room.cohost, by=None)
    elif act == "is removed":
        removal.remove(participant=room.cohost, by=room.host)
    else:
        spaces.end(space=room.space, by=room.host)
    assert room.now("cohost").away_since is None


def test_coming_back_after_leaving_is_being_here(room):
    lose(room.listener)
    attendance.leave(participant=room.listener, by=None)
    back = attendance.join(space=room.space, by=Person(user=room.listener.user))
    assert not back.is_reconnecting


def test_nothing_to_note_takes_one_query(room, django_assert_num_queries):
    people = [str(pk) for pk in Participant.objects.values_list("pk", flat=True)]
    with django_assert_num_queries(1):
        attendance.note_connections(lost=[], back=people)
