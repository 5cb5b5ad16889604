"""What host and co-hosts press: who is refused what, and what each command does."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from rooms.identity import Person
from rooms.models import Invitation, Participant, Seat, Space
from rooms.services import attendance, removal, stage
from tests.rooms.test_host_panel import busy, client_of, panel
from tests.support import cast
from tests.support.invited import ask

HTMX = {"HX-Request": "true"}


def address(name: str, room, *args) -> str:
    return reverse(name, args=[room.space.slug, *args])


# --- Commands: refusals first ---

COMMANDS = {
    "lower all hands": ("DELETE", "hands", None),
    "lower a hand": ("DELETE", "person_hand", "listener"),
    "mute all": ("PUT", "mute_all", None),
    "ask to co-host": ("POST", "person_cohost", "speaker"),
    "dismiss a co-host": ("DELETE", "person_cohost", "cohost"),
    "hand over": ("PUT", "person_host", "speaker"),
    "lift a removal": ("DELETE", "person_removal", "cleo"),
    "open turns": ("PUT", "turns", None),
    "close turns": ("DELETE", "turns", None),
    "extend a turn": ("PUT", "turn", None),
    "end a turn": ("DELETE", "turn", None),
    "ask how to go": ("GET", "heirs", None),
}
FOR_HOSTS_ALONE = {"ask to co-host", "dismiss a co-host", "hand over", "open turns", "close turns", "ask how to go"}


def send(room, who: Client, command: str):
    verb, name, target = COMMANDS[command]
    where = address(name, room, *([room.now(target).pk] if target else []))
    form = "application/x-www-form-urlencoded"
    return who.generic(verb, where, "seconds=60", content_type=form, headers=HTMX)


def guest_of(room) -> Client:
    client = Client()
    client.post(address("attendance", room))
    return client


@pytest.mark.parametrize("command", COMMANDS)
def test_who_does_not_lead_commands_nobody(command, room):
    busy(room)
    before = Space.objects.get(pk=room.space.pk).version
    stranger = Client()
    stranger.force_login(cast.user("stranger"))
    for who in (client_of(room.speaker), client_of(room.bert), stranger):
        assert send(room, who, command).status_code == 403
    assert Space.objects.get(pk=room.space.pk).version == before
    assert send(room, guest_of(room), command).status_code == 403


@pytest.mark.parametrize("command", sorted(FOR_HOSTS_ALONE))
def test_what_is_the_hosts_alone_is_refused_to_co_hosts(command, room):
    busy(room)
    answer = send(room, client_of(room.cohost), command)
    assert answer.status_code == 403 and "Only the host can do that." in answer.content.decode()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_space_that_ended_takes_no_commands(command, room):
    busy(room)
    client_of(room.host).delete(address("space", room), headers=HTMX)
    assert send(room, client_of(room.host), command).status_code == 410


@pytest.mark.parametrize("seconds", ["", "9", "601", "soon", "-60", "1e2", "9" * 5000])
def test_turns_of_no_sensible_length_are_refused_with_the_lengths_there_are(seconds, room):
    where = address("turns", room)
    answer = client_of(room.host).put(where, f"seconds={seconds}", headers=HTMX)
    assert answer.status_code == 422 and "10 to 600 seconds" in answer.content.decode()


def test_a_guest_is_not_asked_to_co_host(room):
    answer = client_of(room.host).post(address("person_cohost", room, room.guest.pk), headers=HTMX)
    assert answer.status_code == 409 and not Invitation.objects.filter(state="pending").exists()


def test_who_listens_unnamed_is_offered_nothing_from_the_panel(room):
    shy = attendance.join(space=room.space, by=Person(user=cast.user("shyperson")), unnamed=True)
    host = client_of(room.host)
    for name in ("person_seat", "person_cohost"):
        answer = host.post(address(name, room, shy.shown_id), headers=HTMX)
        assert answer.status_code == 409 and "without their name" in answer.content.decode()
    shy.refresh_from_db()
    assert shy.unnamed and shy.hand == "down" and not Invitation.objects.filter(state="pending").exists()


def test_the_panel_does_not_tell_that_somebody_unnamed_is_asked_to_co_host(room):
    shy = attendance.join(space=room.space, by=Person(user=cast.user("shyperson")), unnamed=True)
    asked = ask(room.space, shy.user, "cohost")
    assert "Somebody unnamed" in panel(room.host) and "asked to co-host" not in panel(room.host)
    answer = client_of(room.host).delete(address("person_cohost", room, shy.shown_id), headers=HTMX)
    assert answer.status_code == 409 and Invitation.objects.get(pk=asked.pk).state == "pending"


@pytest.mark.parametrize("heir", ["nobody", "00000000-0000-4000-8000-000000000000"])
def test_handing_over_to_nobody_leaves_the_host_inside(heir, room):
    answer = client_of(room.host).delete(address("attendance", room) + f"?host={heir}", headers=HTMX)
    assert answer.status_code == 404 and room.now("host").is_present


def test_handing_over_to_a_listener_leaves_the_host_inside(room):
    answer = client_of(room.host).delete(address("attendance", room) + f"?host={room.listener.pk}", headers=HTMX)
    assert answer.status_code == 409 and (room.now("host").role, room.now("host").is_present) == ("host", True)


# --- Commands: what they do ---


def test_lowering_one_hand_and_all_hands(room):
    other = cast.enter(room.space, cast.user("anna"))
    for person in (room.listener, other):
        stage.raise_hand(participant=person, by=person)
    cohost = client_of(room.cohost)
    cohost.delete(address("person_hand", room, other.pk), headers=HTMX)
    assert "Listener" in panel(room.cohost).partition("On stage")[0]
    assert send(room, cohost, "lower all hands").status_code == 200
    assert "No hands up." in panel(room.cohost)


def test_muting_all_others_leaves_oneself_heard(room):
    for person in (room.host, room.cohost, room.speaker):
        stage.unmute(participant=person, by=person)
    assert send(room, client_of(room.cohost), "mute all").status_code == 200
    assert list(Seat.objects.filter(muted=False).values_list("participant", flat=True)) == [room.cohost.pk]


def test_a_co_host_offer_is_made_and_withdrawn_by_the_same_menu(room):
    host = client_of(room.host)
    assert "Withdraw the co-host offer" in send(room, host, "ask to co-host").content.decode()
    where = address("person_cohost", room, room.speaker.pk)
    assert host.delete(where, headers=HTMX).status_code == 200
    assert Invitation.objects.get(user=room.speaker.user).state == "withdrawn"
    assert room.now("speaker").role == "speaker"


def test_a_dismissed_co_host_keeps_the_seat(room):
    assert send(room, client_of(room.host), "dismiss a co-host").status_code == 200
    assert room.now("cohost").role == "speaker" and Seat.objects.filter(participant=room.cohost).exists()


def test_whoever_was_let_back_in_may_come_in(room):
    busy(room)
    assert send(room, client_of(room.cohost), "lift a removal").status_code == 200
    assert client_of(room.cleo).post(address("attendance", room), headers=HTMX).status_code == 303


def test_the_host_goes_and_the_space_goes_on(room):
    host = client_of(room.host)
    asked = host.get(address("heirs", room), headers=HTMX).content.decode()
    assert asked.index("Cohost") < asked.index("Speaker") and "Listener" not in asked
    left = host.delete(address("attendance", room) + f"?host={room.speaker.pk}", headers=HTMX)
    assert left.status_code == 303
    assert (room.now("speaker").role, room.now("host").is_present) == ("host", False)


def test_a_host_on_their_own_is_told_how_to_leave_without_ending_it(db):
    space = cast.live_space().space
    stage_people = Participant.objects.filter(space=space, role__in=["cohost", "speaker"])
    for person in stage_people:
        removal.remove(participant=person, by=Participant.objects.get(space=space, role="host"))
    client = Client()
    client.force_login(space.host)
    asked = client.get(reverse("heirs", args=[space.slug]), headers=HTMX).content.decode()
    assert "offer somebody a seat first" in asked and "Hand over and leave" not in asked
    assert "End for everybody" in asked


def test_a_turn_is_opened_extended_and_ended_over_http(room):
    host = client_of(room.host)
    stage.raise_hand(participant=room.listener, by=room.listener)
    host.put(address("turns", room), "seconds=30", headers=HTMX)
    client_of(room.listener).post(address("seat", room), headers=HTMX)
    before = Space.objects.get(pk=room.space.pk).turn_ends_at
    assert client_of(room.cohost).put(address("turn", room), headers=HTMX).status_code == 200
    assert Space.objects.get(pk=room.space.pk).turn_ends_at == before + timedelta(seconds=30)
    host.delete(address("turn", room), headers=HTMX)
    assert room.now("listener").role == "listener"
    host.delete(address("turns", room), headers=HTMX)
    assert Space.objects.get(pk=room.space.pk).turn_seconds is None


@pytest.mark.parametrize(
    ("verb", "name", "status"),
    [
        ("POST", "person_seat", 409),
        ("PUT", "person_mute", 409),
        ("DELETE", "person_hand", 200),
        ("POST", "person_cohost", 409),
        ("DELETE", "person_cohost", 409),
        ("PUT", "person_host", 409),
    ],
)
def test_of_a_guest_nothing_is_asked_that_takes_an_account(room, verb, name, status):
    answer = client_of(room.host).generic(verb, address(name, room, room.guest.pk), headers=HTMX)
    assert answer.status_code == status
    guest = room.now("guest")
    assert (guest.role, guest.hand, guest.is_present) == ("listener", "down", True)
