"""What a yes does, before the start and while it is live, once, twice, and with a full stage; and who sees what."""

import pytest
from django.conf import settings

from rooms import selectors
from rooms.identity import Person
from rooms.models import Invitation, Participant, Seat
from rooms.roles import Role
from rooms.services import attendance, invitations, schedule, stage
from tests.support import cast
from tests.support.invited import ask, planned, refusal, state_of
from tests.support.races import race, race_of


def fill_the_stage(room: cast.Cast) -> list[Participant]:
    free = settings.MAX_SEATS - 3
    return [cast.seat(cast.enter(room.space, cast.user(f"seated{n}")), by=room.host) for n in range(free)]


@pytest.fixture
def ana(db):
    return cast.user("ana")


# --- Yes, before the start ---


@pytest.mark.parametrize(("kind", "role", "hand"), [("speak", "listener", "offered"), ("cohost", "cohost", "down")])
def test_a_yes_before_the_start_comes_into_force_when_one_comes_in(db, ana, kind, role, hand):
    space = planned()
    invitation = ask(space, ana, kind)
    assert invitations.accept(invitation=invitation, by=ana) is None
    assert not Participant.objects.filter(space=space).exists()
    schedule.go_live(space=space, by=space.host)
    stay = attendance.join(space=space, by=Person(user=ana))
    assert (stay.role, stay.hand) == (role, hand)
    assert Invitation.objects.get(pk=invitation.pk).used_at is not None


def test_a_yes_before_the_start_can_be_withdrawn_by_the_host(db, ana):
    space = planned()
    invitation = ask(space, ana, "cohost")
    invitations.accept(invitation=invitation, by=ana)
    invitations.withdraw(invitation=invitation, by=space.host)
    schedule.go_live(space=space, by=space.host)
    assert attendance.join(space=space, by=Person(user=ana)).role == "listener"


def test_a_yes_before_the_start_can_be_taken_back(db, ana):
    space = planned()
    invitation = ask(space, ana)
    invitations.accept(invitation=invitation, by=ana)
    invitations.decline(invitation=invitation, by=ana)
    assert state_of(invitation) == "declined"
    assert refusal(invitations.accept, invitation=invitation, by=ana) == "invitation_over"


def test_of_a_private_space_only_a_standing_invitation_lets_one_in(db, ana):
    space = planned(is_private=True)
    person = Person(user=ana)
    assert not selectors.lets_in(space, person)
    invitation = ask(space, ana, "listen")
    assert selectors.lets_in(space, person)
    invitations.accept(invitation=invitation, by=ana)
    assert selectors.lets_in(space, person)
    invitations.withdraw(invitation=invitation, by=space.host)
    assert not selectors.lets_in(space, person)


# --- Yes, while it is live ---


@pytest.mark.parametrize(("kind", "role"), [("speak", "speaker"), ("cohost", "cohost"), ("listen", "listener")])
def test_a_yes_brings_one_in_and_into_place_and_a_second_yes_changes_nothing(room, ana, kind, role):
    attendance.leave(participant=room.cohost, by=room.cohost)
    invitation = ask(room.space, ana, kind)
    for _ in range(2):
        stay = invitations.accept(invitation=invitation, by=ana)
        stay.refresh_from_db()
        assert (stay.role, stay.hand, stay.is_present) == (role, "down", True)
    assert Participant.objects.filter(space=room.space, user=ana).count() == 1
    # What has come into force is undone by other means.
    invitations.withdraw(invitation=invitation, by=room.host.user)
    invitations.decline(invitation=invitation, by=ana)
    assert state_of(invitation) == "accepted"


def test_whoever_was_moved_to_the_listeners_is_not_brought_back_up_by_the_same_yes(room, ana):
    invitation = ask(room.space, ana)
    stage.free_seat(participant=invitations.accept(invitation=invitation, by=ana), by=room.host)
    assert invitations.accept(invitation=invitation, by=ana).role == "listener"


def test_one_arrives_muted(room, ana):
    stay = invitations.accept(invitation=ask(room.space, ana), by=ana)
    assert selectors.seat_of(room_stay(stay)).muted


def room_stay(stay: Participant) -> Participant:
    return selectors.participant(stay.pk)


def test_coming_in_by_the_door_instead_offers_the_seat(room, ana):
    invitation = ask(room.space, ana)
    assert attendance.join(space=room.space, by=Person(user=ana)).hand == "offered"
    assert state_of(invitation) == "accepted"


def test_an_unanswered_offer_to_help_to_host_waits_inside(room, ana):
    invitation = ask(room.space, ana, "cohost")
    stay = attendance.join(space=room.space, by=Person(user=ana))
    assert (stay.role, stay.hand, state_of(invitation)) == ("listener", "down", "pending")
    assert selectors.cohost_offer(stay) == invitation


def test_with_a_full_stage_a_speaker_comes_first_in_the_queue(room, ana):
    fill_the_stage(room)
    earlier = ask(room.space, ana)
    stage.raise_hand(participant=room.listener, by=room.listener)
    stay = invitations.accept(invitation=earlier, by=ana)
    stay.refresh_from_db()
    assert (stay.role, stay.hand, stay.offer_until) == ("listener", "offered", None)
    assert selectors.hands(room.space)[0] == stay
    stage.free_seat(participant=room.speaker, by=room.speaker)
    stay.refresh_from_db()
    assert stay.offer_until is not None
    stage.take_seat(participant=stay, by=stay)


def test_with_a_full_stage_a_yes_to_help_to_host_waits_and_is_said_again(room, ana):
    seated = fill_the_stage(room)
    invitation = ask(room.space, ana, "cohost")
    stay = invitations.accept(invitation=invitation, by=ana)
    assert (stay.role, state_of(invitation)) == ("listener", "accepted")
    assert selectors.cohost_offer(stay) == invitation
    assert refusal(ask, room.space, room.listener.user, "cohost") == "cohosts_full"
    stage.free_seat(participant=seated[0], by=room.host)
    invitations.accept(invitation=invitation, by=ana)
    assert room_stay(stay).role == "cohost"


@pytest.mark.slow
def test_a_yes_in_eight_windows_is_one_stay_in_one_seat(committed_room):
    ana = cast.user("ana")
    invitation = ask(committed_room.space, ana)
    assert race("accept", [str(invitation.pk)] * 8) == {"done": 8}
    stay = Participant.objects.get(space=committed_room.space, user=ana)
    assert (stay.role, stay.is_present) == ("speaker", True)


@pytest.mark.slow
def test_a_yes_and_a_withdrawal_at_the_same_moment_leave_one_of_both(committed_room):
    ana = cast.user("ana")
    invitation = ask(committed_room.space, ana, "cohost")
    race_of([(move, str(invitation.pk)) for move in ("accept", "withdraw") * 2])
    leads = Participant.objects.filter(space=committed_room.space, user=ana, role="cohost").exists()
    assert (state_of(invitation), leads) in [("accepted", True), ("withdrawn", False)]


# --- Who is shown what ---


def test_a_person_sees_what_they_can_answer_and_what_they_said_yes_to(room, ana):
    space = planned()
    promised, declined, live = ask(space, ana, "cohost"), ask(space, ana, "speak"), ask(room.space, ana)
    invitations.accept(invitation=promised, by=ana)
    invitations.decline(invitation=declined, by=ana)
    assert selectors.invitations_to(ana) == [live, promised]
    invitations.accept(invitation=live, by=ana)
    assert selectors.invitations_to(ana) == [promised]
    schedule.cancel(space=space, by=space.host)
    assert selectors.invitations_to(ana) == []


def test_hosts_see_who_has_not_answered_and_who_said_no(db, ana, django_assert_num_queries):
    space = planned()
    people = [ana, *(cast.user(handle) for handle in ("ben", "cem", "dora"))]
    sent = [ask(space, person) for person in people]
    invitations.decline(invitation=sent[0], by=ana)
    invitations.accept(invitation=sent[1], by=people[1])
    invitations.withdraw(invitation=sent[2], by=space.host)
    with django_assert_num_queries(1):
        shown = [(row.user.handle, row.invited_by.handle, row.state) for row in selectors.sent_invitations(space)]
    assert shown == [
        ("ben", "planner", "accepted"),
        ("dora", "planner", "pending"),
        ("ana", "planner", "declined"),
    ]
    ask(space, ana)
    assert [row.state for row in selectors.sent_invitations(space)] == ["accepted", "pending", "pending"]


def test_a_yes_to_co_hosting_on_a_full_stage_begins_with_the_next_free_seat(room):
    fill = [cast.enter(room.space, cast.user(f"seated{number}")) for number in range(10)]
    seated = [cast.seat(person, by=room.host) for person in fill]
    asked = invitations.invite(space=room.space, user=room.listener.user, kind="cohost", by=room.host.user)
    invitations.accept(invitation=asked, by=room.listener.user)
    assert room.now("listener").role == Role.LISTENER
    stage.free_seat(participant=seated[0], by=seated[0])
    assert room.now("listener").role == Role.COHOST
    assert Seat.objects.get(participant=room.listener).muted
