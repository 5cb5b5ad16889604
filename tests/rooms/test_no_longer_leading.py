"""Whoever led and does not any more: what they keep, and that one at a time counts for them from then on."""

import pytest

from rooms.models import Seat, Space
from rooms.refusals import Refused
from rooms.relay import client as relay
from rooms.selectors import space_state
from rooms.services import attendance, leading, stage, succession, turns
from tests.support import cast

ENDS_OF_LEADING = {
    "host": lambda c: succession.hand_over(participant=c.cohost, by=c.host),
    "cohost": lambda c: leading.dismiss_cohost(participant=c.cohost, by=c.host),
}


def is_heard(participant) -> bool:
    return not Seat.objects.get(participant=participant).muted


@pytest.mark.parametrize("leader", ENDS_OF_LEADING)
def test_a_former_leader_is_muted_where_it_is_one_at_a_time(leader, room):
    turns.open_turns(space=room.space, seconds=60, by=room.host)
    stage.unmute(participant=room.now(leader), by=room.now(leader))
    ENDS_OF_LEADING[leader](room)
    assert not is_heard(room.now(leader))


@pytest.mark.parametrize("leader", ENDS_OF_LEADING)
def test_the_relay_hears_of_it_at_once(leader, room, monkeypatch, django_capture_on_commit_callbacks):
    turns.open_turns(space=room.space, seconds=60, by=room.host)
    stage.unmute(participant=room.now(leader), by=room.now(leader))
    told = []
    monkeypatch.setattr(relay, "apply", told.append)
    with django_capture_on_commit_callbacks(execute=True):
        ENDS_OF_LEADING[leader](room)
    assert told == [space_state(room.space.pk)]
    assert {seat.participant for seat in told[0].seats if not seat.muted} == set()


@pytest.mark.parametrize("leader", ENDS_OF_LEADING)
def test_a_former_leader_goes_on_speaking_where_everybody_may(leader, room):
    stage.unmute(participant=room.now(leader), by=room.now(leader))
    ENDS_OF_LEADING[leader](room)
    assert is_heard(room.now(leader))


def test_a_co_host_who_has_the_floor_keeps_it_when_dismissed(room):
    leading.dismiss_cohost(participant=room.cohost, by=room.host)
    turns.open_turns(space=room.space, seconds=60, by=room.host)
    stage.raise_hand(participant=room.listener, by=room.listener)
    stage.take_seat(participant=room.listener, by=room.listener)
    cohost = cast.make_cohost(room.now("listener"), by=room.host)
    stage.unmute(participant=cohost, by=cohost)
    leading.dismiss_cohost(participant=cohost, by=room.host)
    assert is_heard(cohost)


def test_a_protected_account_is_handed_no_space_and_takes_none_over(room):
    room.cohost.user.is_protected = True
    room.cohost.user.save()
    with pytest.raises(Refused) as refused:
        succession.hand_over(participant=room.cohost, by=room.host)
    assert refused.value.code == "target_cannot_host"
    attendance.leave(participant=room.host, by=None)
    space = Space.objects.get(pk=room.space.pk)
    assert space.host == room.host.user and space.closing_at is not None
