"""Who may invite whom, and answers that come too late or from the wrong person."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from rooms import selectors
from rooms.identity import Person, new_guest
from rooms.models import Invitation, Space
from rooms.services import attendance, invitations, removal, schedule, spaces, succession
from rooms.tasks import remind
from tests.support import cast
from tests.support.invited import ask, planned, refusal, state_of

NOW = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def ana(db):
    return cast.user("ana")


# --- Who may invite whom ---


@pytest.mark.parametrize("name", ["speaker", "listener"])
@pytest.mark.parametrize("kind", ["speak", "cohost", "listen"])
def test_only_those_who_lead_invite(room, ana, name, kind):
    assert refusal(ask, room.space, ana, kind, by=room.people[name].user) == "not_a_leader"


def test_a_stranger_invites_nobody(room, ana):
    assert refusal(ask, room.space, ana, by=cast.user("stranger")) == "not_a_leader"


def test_of_a_planned_space_only_its_host_invites(ana):
    space = planned()
    assert refusal(ask, space, cast.user("ben"), by=ana) == "not_a_leader"
    assert ask(space, ana).state == "pending"


def test_a_cohost_invites_to_speak_and_not_to_help_to_host(room, ana):
    assert refusal(ask, room.space, ana, "cohost", by=room.cohost.user) == "host_only"
    assert ask(room.space, ana, "speak", by=room.cohost.user).invited_by == room.cohost.user


def test_nobody_invites_themselves_or_the_host(room):
    assert refusal(ask, room.space, room.host.user) == "invite_oneself"
    for kind in ("speak", "listen"):
        assert refusal(ask, room.space, room.host.user, kind, by=room.cohost.user) == "target_leads_already"


def test_a_closed_account_is_unknown(room, ana):
    type(ana).objects.filter(pk=ana.pk).update(is_active=False)
    # Whoever asks may still hold it as it was.
    assert ana.is_active
    assert refusal(ask, room.space, ana) == "unknown_person"


def test_somebody_removed_is_not_invited(room):
    removal.remove(participant=room.listener, by=room.host)
    assert refusal(ask, room.space, room.listener.user) == "target_removed"


def test_being_removed_ends_what_one_was_asked(room):
    invitation = ask(room.space, room.listener.user, "cohost")
    removal.remove(participant=room.listener, by=room.host)
    assert state_of(invitation) == "withdrawn"
    assert refusal(invitations.accept, invitation=invitation, by=room.listener.user) == "invitation_over"


def test_one_invitation_of_a_kind_is_open_at_a_time(room, ana):
    invitation = ask(room.space, ana)
    assert refusal(ask, room.space, ana) == "invited_already"
    assert refusal(ask, room.space, ana, by=room.cohost.user) == "invited_already"
    invitations.decline(invitation=invitation, by=ana)
    assert ask(room.space, ana).pk != invitation.pk


def test_two_offers_to_help_to_host_are_open_and_a_third_is_refused(db, ana):
    space = planned()
    first, second = (ask(space, who, "cohost") for who in (ana, cast.user("ben")))
    assert refusal(ask, space, cast.user("cem"), "cohost") == "cohosts_full"
    invitations.accept(invitation=first, by=ana)
    assert refusal(ask, space, cast.user("dora"), "cohost") == "cohosts_full"
    invitations.decline(invitation=second, by=second.user)
    assert ask(space, cast.user("elif"), "cohost").state == "pending"


def test_an_offer_to_whoever_became_host_is_gone_for_good(room):
    offer = ask(room.space, room.speaker.user, "cohost")
    succession.hand_over(participant=room.speaker, by=room.host)
    succession.hand_over(participant=room.cohost, by=room.now("speaker"))
    assert state_of(offer) == "withdrawn"
    assert refusal(invitations.accept, invitation=offer, by=room.speaker.user) == "invitation_over"


def test_an_offer_to_whoever_is_host_by_now_takes_no_place(room):
    ask(room.space, room.speaker.user, "cohost")
    succession.hand_over(participant=room.speaker, by=room.host)
    space = Space.objects.get(pk=room.space.pk)
    assert selectors.open_invitations(space) == selectors.invitations_to(room.speaker.user) == []
    assert ask(space, room.host.user, "cohost").state == "pending"


def test_whoever_is_inside_is_offered_a_seat_at_once(room):
    assert ask(room.space, room.listener.user) is None
    assert room.now("listener").hand == "offered"
    assert refusal(ask, room.space, room.speaker.user) == "target_seated"
    assert refusal(ask, room.space, room.listener.user, "listen") == "target_inside"
    assert not Invitation.objects.filter(user=room.listener.user).exists()


def test_nobody_is_invited_into_what_is_over(room, ana):
    spaces.end(space=room.space, by=room.host)
    assert refusal(ask, room.space, ana) == "ended"


# --- Answers that come too late, or from the wrong person ---


def test_an_invitation_is_answered_by_the_invited_alone(room, ana):
    invitation, other = ask(room.space, ana), cast.user("other")
    for answer in (invitations.accept, invitations.decline):
        assert refusal(answer, invitation=invitation, by=other) == "not_invited"
    assert state_of(invitation) == "pending"


@pytest.mark.parametrize("kind", ["speak", "cohost", "listen"])
@pytest.mark.parametrize("answer", [invitations.accept, invitations.decline])
def test_an_invitation_lasts_to_the_second(db, ana, kind, answer):
    with time_machine.travel(NOW, tick=False) as clock:
        space = spaces.start(title="Roofs", by=cast.user("host"))
        late = ask(space, ana, kind)
        assert late.expires_at == NOW + timedelta(hours=24)
        clock.move_to(late.expires_at)
        assert refusal(answer, invitation=late, by=ana) == "invitation_over"
        assert selectors.invitations_to(ana) == selectors.open_invitations(space) == []
        clock.move_to(late.expires_at - SECOND)
        assert selectors.invitations_to(ana) == selectors.open_invitations(space) == [late]
        answer(invitation=late, by=ana)
        assert state_of(late) != "pending"


def test_a_yes_that_has_not_come_into_force_lapses_as_well(db, ana):
    with time_machine.travel(NOW, tick=False) as clock:
        space = planned()
        invitation = ask(space, ana, "cohost")
        invitations.accept(invitation=invitation, by=ana)
        schedule.go_live(space=space, by=space.host)
        clock.move_to(invitation.expires_at)
        assert attendance.join(space=space, by=Person(user=ana)).role == "listener"


def test_nobody_answered_in_time_is_written_down_and_one_may_ask_again(db, ana):
    with time_machine.travel(NOW, tick=False) as clock:
        space = spaces.start(title="Roofs", by=cast.user("host"))
        late = ask(space, ana)
        clock.move_to(late.expires_at)
        remind()
        assert state_of(late) == "expired"
        assert ask(space, ana).state == "pending"


def test_an_expired_invitation_that_no_sweep_has_seen_is_in_nobodys_way(db, ana):
    with time_machine.travel(NOW, tick=False) as clock:
        space = spaces.start(title="Roofs", by=cast.user("host"))
        late = ask(space, ana)
        clock.move_to(late.expires_at)
        assert ask(space, ana).state == "pending"
        assert state_of(late) == "expired"


@pytest.mark.parametrize("kind", ["speak", "cohost"])
def test_when_the_space_has_ended_meanwhile_both_answers_are_refused(room, ana, kind):
    invitations.decline(invitation=ask(room.space, room.listener.user, "cohost"), by=room.listener.user)
    invitation = ask(room.space, ana, kind)
    spaces.end(space=room.space, by=room.host)
    assert state_of(invitation) == "expired"
    for answer in (invitations.accept, invitations.decline):
        assert refusal(answer, invitation=invitation, by=ana) == "ended"
    assert refusal(invitations.withdraw, invitation=invitation, by=room.host.user) == "ended"
    assert selectors.participation(Person(user=ana), room.space.slug) is None


def test_one_cannot_say_yes_to_what_was_withdrawn(room, ana):
    invitation = ask(room.space, ana)
    invitations.withdraw(invitation=invitation, by=room.cohost.user)
    assert refusal(invitations.accept, invitation=invitation, by=ana) == "invitation_over"
    assert state_of(invitation) == "withdrawn"


def test_an_offer_to_help_to_host_is_withdrawn_by_the_host_alone(room, ana):
    invitation = ask(room.space, ana, "cohost")
    assert refusal(invitations.withdraw, invitation=invitation, by=room.cohost.user) == "host_only"
    assert refusal(invitations.withdraw, invitation=invitation, by=ana) == "not_a_leader"
    assert state_of(invitation) == "pending"


def test_after_a_no_comes_no_yes(room, ana):
    invitation = ask(room.space, ana)
    invitations.decline(invitation=invitation, by=ana)
    for answer in (invitations.accept, invitations.decline):
        assert refusal(answer, invitation=invitation, by=ana) == "invitation_over"
    assert selectors.participation(Person(user=ana), room.space.slug) is None


def test_whoever_was_removed_as_a_guest_is_not_let_in_as_the_account_of_the_same_browser(room, ana):
    guest, _ = new_guest()
    removal.remove(participant=attendance.join(space=room.space, by=guest), by=room.host)
    invitation = ask(room.space, ana)
    assert refusal(invitations.accept, invitation=invitation, by=ana, device=guest.device) == "removed"
    assert selectors.participation(Person(user=ana), room.space.slug) is None
