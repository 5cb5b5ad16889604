"""What host and co-hosts see: exactly the controls they have, and how everybody is."""

import pytest
from django.test import Client
from django.utils import timezone

from rooms.models import Participant
from rooms.services import leading, removal, stage, turns
from tests.support import cast


def client_of(participant: Participant) -> Client:
    client = Client()
    client.force_login(participant.user)
    return client


def busy(room) -> None:
    """Everything the panel can show at once, but one at a time."""
    enter = {name: cast.enter(room.space, cast.user(name)) for name in ("anna", "bert", "cleo", "dora", "emil")}
    room.people |= enter
    stage.unmute(participant=room.speaker, by=room.speaker)
    stage.raise_hand(participant=room.listener, by=room.listener)
    stage.offer_seat(participant=enter["anna"], by=room.host)
    cast.seat(enter["emil"], by=room.host)
    removal.remove(participant=enter["cleo"], by=room.host)
    leave(enter["dora"])


def leave(participant: Participant) -> None:
    Participant.objects.filter(pk=participant.pk).update(left_at=timezone.now())


def one_at_a_time(room) -> None:
    busy(room)
    stage.drop_offer(participant=room.anna, by=room.anna)
    turns.open_turns(space=room.space, seconds=60, by=room.host)
    stage.take_seat(participant=room.listener, by=room.listener)


def panel(participant: Participant) -> str:
    page = client_of(participant).get(participant.space.get_absolute_url()).content.decode()
    return page.partition('id="manage"')[2].partition("</section>")[0]


def row(participant: Participant, of: Participant) -> str:
    return panel(of).partition(f'id="manage-{participant.pk}"')[2].partition("</li>")[0]


# --- Who sees which control ---

CONTROLS = {
    # In the panel: what it reads, whose it is
    "Lower all</button>": "host cohost",
    "Mute all others": "host cohost",
    'aria-label="Switch one at a time off"': "",
    "hx-vals='{\"seconds\": 60}'": "host",
}
CONTROLS_OF_A_TURN = {
    'aria-label="Give Listener 1:00 more"': "host cohost",
    'aria-label="End the turn of Listener"': "host cohost",
    'aria-label="Switch one at a time off"': "host",
    "hx-vals='{\"seconds\": 60}'": "",
}
CONTROLS_OVER = {
    # In somebody's row: what it reads, whose it is
    "listener": {"Offer Listener a seat": "host cohost", "Lower their hand": "host cohost", "Make co-host": "host"},
    "anna": {"Withdraw the offer to Anna": "host cohost", "Make co-host": "host", "Lower their hand": ""},
    "bert": {"Offer Bert a seat": "host cohost", "Make co-host": "host", "Remove from": "host cohost"},
    "speaker": {
        "Mute Speaker": "host cohost",
        "Make co-host": "host",
        "Hand the Space over": "host",
        "Move to listeners": "host cohost",
        "Remove from": "host cohost",
    },
    "emil": {"Mute Emil": "", "Move to listeners": "host cohost"},
    "cohost": {
        "Not co-host any more": "host",
        "Hand the Space over": "host",
        "Move to listeners": "host",
        "Remove from": "host",
    },
    "host": {"Hand the Space over": "", "Move to listeners": "", "Remove from": "", "Make co-host": ""},
    "guest": {"Offer Guest": "", "Make co-host": "", "Remove from": "host cohost"},
    "cleo": {"Let Cleo back in": "host cohost", "Remove from": "", "Make co-host": ""},
    "dora": {"Remove from": "host cohost", "Let Dora back in": "", "Make co-host": ""},
}


@pytest.mark.parametrize("viewer", ["host", "cohost", "speaker", "bert"])
def test_everybody_sees_exactly_what_they_may_do(viewer, room):
    busy(room)
    shown = panel(room.now(viewer))
    for control, whose in CONTROLS.items():
        assert (control in shown) is (viewer in whose.split()), control
    for name, controls in CONTROLS_OVER.items():
        theirs = row(room.now(name), of=room.now(viewer))
        for control, whose in controls.items():
            assert (control in theirs) is (viewer in whose.split()), f"{control} of {name}"


@pytest.mark.parametrize("viewer", ["host", "cohost", "speaker", "listener"])
def test_everybody_sees_exactly_what_they_may_do_while_it_is_one_at_a_time(viewer, room):
    one_at_a_time(room)
    shown = panel(room.now(viewer))
    for control, whose in CONTROLS_OF_A_TURN.items():
        assert (control in shown) is (viewer in whose.split()), control


def test_an_open_microphone_of_the_host_can_be_muted_by_a_co_host(room):
    stage.unmute(participant=room.host, by=room.host)
    assert "Mute Host" in row(room.host, of=room.cohost)
    assert "Mute Host" not in row(room.host, of=room.host)


def test_with_as_many_co_hosts_as_there_can_be_nobody_else_is_asked(room, settings):
    settings.MAX_COHOSTS = 2
    listener = cast.enter(room.space, cast.user("anna"))
    assert "Make co-host" in row(listener, of=room.host)
    leading.ask_to_cohost(participant=room.speaker, by=room.host)
    assert "Make co-host" not in row(listener, of=room.host)
    asked = row(room.speaker, of=room.host)
    assert "asked to co-host" in asked and "Withdraw the co-host offer" in asked


# --- What it says ---


def test_an_offer_counts_down_while_a_seat_is_free_and_waits_while_none_is(room, settings):
    stage.offer_seat(participant=room.listener, by=room.host)
    assert 'data-countdown="turn"' in row(room.listener, of=room.host)
    settings.MAX_SEATS = 3
    stage.offer_seat(participant=cast.enter(room.space, cast.user("anna")), by=room.host)
    waiting = row(room.listener, of=room.host)
    assert "stage full, waiting" in waiting and "data-countdown" not in waiting
    assert "The stage is full." in panel(room.host)


def test_hosts_see_how_long_everybody_on_the_stage_was_heard(room):
    Participant.objects.filter(pk=room.speaker.pk).update(talk_ms=200_999)
    for leader in (room.host, room.cohost):
        assert "3:20" in row(room.speaker, of=leader)


def test_who_has_the_floor_stands_above_the_hands(room):
    one_at_a_time(room)
    shown = panel(room.host)
    assert "<strong>Listener</strong> has the floor" in shown
    assert shown.index("has the floor") < shown.index("Hands")
