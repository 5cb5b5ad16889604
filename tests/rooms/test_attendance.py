"""Coming in, going out, being removed, and vanishing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rooms.identity import Person, new_guest
from rooms.models import Participant, Seat
from rooms.refusals import Refused
from rooms.relay import client as relay
from rooms.roles import Hand, Role
from rooms.services import attendance, removal, schedule, spaces, stage, succession
from tests.support import cast


def refusal(act, **kwargs) -> str:
    with pytest.raises(Refused) as refused:
        act(**kwargs)
    return refused.value.code


def test_a_removed_person_cannot_come_back(room):
    removal.remove(participant=room.listener, by=room.host)
    assert refusal(attendance.join, space=room.space, by=Person(user=room.listener.user)) == "removed"


def test_a_removed_guest_cannot_come_back_with_the_same_cookie(room):
    person, _ = new_guest()
    guest = attendance.join(space=room.space, by=person)
    removal.remove(participant=guest, by=room.cohost)
    assert refusal(attendance.join, space=room.space, by=person) == "removed"


def test_somebody_who_already_left_can_be_removed(room):
    attendance.leave(participant=room.listener, by=room.listener)
    removal.remove(participant=room.listener, by=room.host)
    assert refusal(attendance.join, space=room.space, by=Person(user=room.listener.user)) == "removed"


def test_a_removed_speaker_loses_seat_and_sound(room):
    removal.remove(participant=room.speaker, by=room.host)
    now = room.now("speaker")
    assert (now.role, now.is_present) == (Role.LISTENER, False)
    assert not Seat.objects.filter(participant=now).exists()


def test_nobody_joins_an_ended_space(room):
    spaces.end(space=room.space, by=room.host)
    assert refusal(attendance.join, space=room.space, by=Person(user=cast.user("late"))) == "ended"


def test_only_the_host_ends_it(room):
    assert refusal(spaces.end, space=room.space, by=room.cohost) == "host_only"


def test_ending_empties_the_space_and_lets_the_host_start_another(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    spaces.end(space=room.space, by=room.host)
    assert not Participant.objects.filter(space=room.space, left_at__isnull=True).exists()
    again = spaces.start(title="Again", speak_permission="invited", by=room.host.user)
    assert again.is_live


def test_a_second_live_space_is_refused_and_the_first_goes_on(room):
    kwargs = {"title": "Another", "speak_permission": "everyone", "by": room.host.user}
    assert refusal(spaces.start, **kwargs) == "already_live"
    room.space.refresh_from_db()
    assert room.space.is_live


def test_rejoining_is_the_same_participant(room):
    attendance.leave(participant=room.listener, by=room.listener)
    back = cast.enter(room.space, room.listener.user)
    assert back == room.listener and back.is_present


def test_leaving_frees_a_speakers_seat_and_lowers_a_hand(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    for person in (room.listener, room.speaker):
        attendance.leave(participant=person, by=person)
    assert not Seat.objects.filter(participant=room.speaker).exists()
    assert room.now("listener").hand == Hand.DOWN


def test_a_host_does_not_leave_the_space_without_a_host(room):
    assert refusal(attendance.leave, participant=room.host, by=room.host) == "host_stays"


def test_a_host_who_goes_elsewhere_keeps_their_seat_muted_for_a_while(room):
    stage.unmute(participant=room.host, by=room.host)
    attendance.walk_out(participant=room.host)
    assert Seat.objects.get(participant=room.host).muted
    assert cast.enter(room.space, room.host.user).role == Role.HOST


def test_one_is_in_one_space_at_a_time(room):
    other = spaces.start(title="Next door", speak_permission="invited", by=cast.user("neighbour"))
    cast.enter(other, room.listener.user)
    assert not room.now("listener").is_present


def test_a_removed_person_does_not_come_back_with_the_same_browser(room):
    """Signed out, as a guest, or with another account."""
    guest, _ = new_guest()
    mine = Person(user=cast.user("second"), device=guest.device)
    removal.remove(participant=attendance.join(space=room.space, by=mine), by=room.host)
    assert refusal(attendance.join, space=room.space, by=guest) == "removed"
    third = Person(user=cast.user("third"), device=guest.device)
    assert refusal(attendance.join, space=room.space, by=third) == "removed"


def test_a_host_comes_back_with_a_browser_from_which_somebody_was_removed(room):
    guest, _ = new_guest()
    removal.remove(participant=attendance.join(space=room.space, by=guest), by=room.host)
    attendance.walk_out(participant=room.host)
    back = attendance.join(space=room.space, by=Person(user=room.host.user, device=guest.device))
    assert back.is_present


def test_whom_a_host_lets_back_in_may_come_and_is_not_brought(room):
    removal.remove(participant=room.listener, by=room.host)
    removal.lift(participant=room.listener, by=room.cohost)
    assert not room.now("listener").is_present
    assert cast.enter(room.space, room.listener.user).is_present


# --- One browser, two people to us ---


def both(room, guest: Person, user) -> tuple[Participant, Participant]:
    """The account came first, and its session ran out: it is still inside when the same browser comes in without."""
    account = attendance.join(space=room.space, by=Person(user=user, device=guest.device))
    return account, attendance.join(space=room.space, by=guest)


def still_inside(*stays: Participant) -> list[bool]:
    return [Participant.objects.get(pk=stay.pk).is_present for stay in stays]


def test_whoever_signs_in_and_comes_in_is_no_guest_there_any_more(room):
    person, _ = new_guest()
    guest = attendance.join(space=room.space, by=person)
    account = attendance.join(space=room.space, by=Person(user=cast.user("second"), device=person.device))
    assert still_inside(guest, account) == [False, True] and still_inside(room.guest) == [True]


@pytest.mark.parametrize("whom", [0, 1], ids=["the account", "the guest"])
def test_all_who_are_inside_with_one_browser_are_removed_together_and_let_back_in_together(
    whom, room, monkeypatch, django_capture_on_commit_callbacks
):
    person, _ = new_guest()
    second = cast.user("second")
    stays = both(room, person, second)
    assert still_inside(*stays) == [True, True]
    told = []
    monkeypatch.setattr(relay, "apply", told.append)
    with django_capture_on_commit_callbacks(execute=True):
        removal.remove(participant=stays[whom], by=room.cohost)
    assert still_inside(*stays) == [False, False]
    assert {pk for state in told for pk in state.gone} == {str(stay.pk) for stay in stays}
    assert refusal(attendance.join, space=room.space, by=Person(user=second)) == "removed"
    removal.lift(participant=stays[1 - whom], by=room.host)
    assert attendance.join(space=room.space, by=Person(user=second, device=person.device)).is_present
    assert attendance.join(space=room.space, by=person).is_present


def test_whoever_already_left_is_removed_with_the_browser_they_came_back_with(room):
    person, _ = new_guest()
    account, guest = both(room, person, cast.user("second"))
    attendance.leave(participant=account, by=account)
    removal.remove(participant=account, by=room.host)
    assert still_inside(guest) == [False]


def test_a_leader_stays_when_a_guest_of_the_same_browser_is_removed(room):
    person, _ = new_guest()
    guest = attendance.join(space=room.space, by=person)
    Participant.objects.filter(pk=room.cohost.pk).update(device=person.device)
    removal.remove(participant=guest, by=room.cohost)
    assert still_inside(guest, room.cohost) == [False, True] and room.now("cohost").removed_at is None


def test_removing_somebody_touches_nobody_else_without_a_known_browser(room):
    assert room.listener.device == room.speaker.device == ""
    removal.remove(participant=room.listener, by=room.host)
    assert still_inside(room.speaker, room.guest) == [True, True]


def test_the_browser_one_came_in_with_last_is_the_one_that_is_barred(room):
    """Inside already, and coming in on a second browser."""
    second = cast.user("second")
    here, there = new_guest()[0], new_guest()[0]
    stay = attendance.join(space=room.space, by=Person(user=second, device=here.device))
    attendance.join(space=room.space, by=Person(user=second, device=there.device))
    attendance.join(space=room.space, by=Person(user=second))
    removal.remove(participant=stay, by=room.host)
    assert refusal(attendance.join, space=room.space, by=there) == "removed"


@pytest.mark.parametrize("how", ["at once", "planned"])
def test_a_former_host_is_barred_with_the_browser_they_began_with(room, how):
    person, _ = new_guest()
    host = cast.user("second")
    if how == "at once":
        space = spaces.start(title="Mine", by=host, device=person.device)
    else:
        tomorrow = timezone.now() + timedelta(days=1)
        space = schedule.plan(title="Mine", scheduled_for=tomorrow, by=host)
        schedule.go_live(space=space, by=host, device=person.device)
    former = Participant.objects.get(space=space, user=host)
    heir = cast.seat(cast.enter(space, cast.user("heir")), by=former)
    succession.hand_over(participant=heir, by=former)
    removal.remove(participant=former, by=heir)
    assert refusal(attendance.join, space=space, by=person) == "removed"
