"""Whoever listens unnamed and is invited: nobody who asks learns that they are here, until they say so themselves."""

import re

import pytest
from django.test import Client

from accounts.models import User
from rooms import fragments, selectors
from rooms.identity import Person
from rooms.models import Invitation, Participant, Space
from rooms.services import attendance, invitations, links, removal, schedule, stage
from tests.rooms.test_asking import send, signed_in
from tests.rooms.test_invitation_answers import fill_the_stage, room_stay
from tests.support import cast
from tests.support.html import by_id
from tests.support.invited import ask, planned, refusal, state_of


@pytest.fixture
def ana(db) -> User:
    return cast.user("ana")


def come_unnamed(room: cast.Cast, user) -> Participant:
    return attendance.join(space=room.space, by=Person(user=user), unnamed=True)


# --- Asking them ---


@pytest.mark.parametrize("kind", ["speak", "cohost", "listen"])
def test_whoever_listens_unnamed_is_asked_like_somebody_who_is_not_here(room, ana, kind):
    shy = attendance.join(space=room.space, by=Person(user=ana), unnamed=True)
    assert ask(room.space, ana, kind).state == "pending"
    assert refusal(ask, room.space, ana, kind) == "invited_already"
    shy.refresh_from_db()
    assert shy.unnamed and shy.hand == "down"


def listed(space: Space) -> str:
    """Everybody who was asked, as the host sees it."""
    lists = by_id(fragments.asking(Space.objects.get(pk=space.pk), role="host"))
    return re.sub(r' data-version="\d+"', "", lists["invitation-list"])


def said_of(client: Client, space: Space, person: User, kind: str) -> tuple[int, str, str]:
    """What inviting them is answered, and how they then stand in the list."""
    answer = send(client, space, person.handle, kind, follow=True)
    words = re.search(rf"{person.display_name}( [^<]*)", answer.content.decode()).group(1)
    (row,) = [row for row in listed(space).split("<li ")[1:] if f"@{person.handle}" in row]
    return answer.status_code, words, re.search(r'class="sent-state[^"]*">(.*?)</span>', row).group(1)


@pytest.mark.parametrize("kind", ["speak", "cohost", "listen"])
@pytest.mark.parametrize("then", ["inside", "gone", "removed"])
def test_the_page_does_not_tell_who_listens_unnamed(room, ana, kind, then):
    Space.objects.update(is_private=True)
    link, _ = links.make(space=room.space, by=room.host.user)
    client, shy = signed_in(room.host.user), cast.user("shyperson")
    expected = said_of(client, room.space, ana, kind)
    invitations.withdraw(invitation=Invitation.objects.get(user=ana), by=room.host.user)
    stay = attendance.join(space=room.space, by=Person(user=shy, links=frozenset({str(link.pk)})), unnamed=True)
    if then == "gone":
        attendance.leave(participant=stay, by=stay)
    elif then == "removed":
        removal.remove(participant=stay, by=room.host)
    assert said_of(client, room.space, shy, kind) == expected
    stay.refresh_from_db()
    assert stay.unnamed and expected[:2] == (200, " is invited.")


@pytest.mark.parametrize("kind", ["speak", "cohost", "listen"])
def test_nothing_changes_on_the_page_when_somebody_invited_comes_unnamed_goes_or_is_removed(room, ana, kind):
    Space.objects.update(is_private=True)
    ask(room.space, ana, kind)
    before = listed(room.space)
    stay = attendance.join(space=room.space, by=Person(user=ana), unnamed=True)
    assert listed(room.space) == before
    attendance.leave(participant=stay, by=stay)
    assert listed(room.space) == before
    attendance.join(space=room.space, by=Person(user=ana), unnamed=True)
    removal.remove(participant=stay, by=room.host)
    assert listed(room.space) == before
    removal.lift(participant=stay, by=room.host)
    assert listed(room.space) == before and "No answer yet" in before


# --- Their answer ---


@pytest.mark.parametrize("before", [True, False], ids=["asked before", "asked inside"])
@pytest.mark.parametrize(("kind", "role"), [("speak", "speaker"), ("cohost", "cohost")])
def test_a_yes_shows_the_name_and_brings_one_up(room, ana, kind, role, before):
    invitation = ask(room.space, ana, kind) if before else None
    stay = come_unnamed(room, ana)
    invitation = invitation or ask(room.space, ana, kind)
    stay.refresh_from_db()
    assert (stay.unnamed, stay.hand, state_of(invitation)) == (True, "down", "pending")
    assert selectors.invitations_to(ana) == [invitation]
    invitations.accept(invitation=invitation, by=ana)
    stay.refresh_from_db()
    assert (stay.unnamed, stay.role, state_of(invitation)) == (False, role, "accepted")
    assert selectors.invitations_to(ana) == []


def test_a_no_shows_nothing(room, ana):
    invitation, stay = ask(room.space, ana), come_unnamed(room, ana)
    invitations.decline(invitation=invitation, by=ana)
    assert room_stay(stay).unnamed and state_of(invitation) == "declined"


def test_a_raised_hand_shows_the_name_and_takes_up_what_was_asked(room, ana):
    invitation, stay = ask(room.space, ana), come_unnamed(room, ana)
    stage.raise_hand(participant=stay, by=stay)
    stay.refresh_from_db()
    assert (stay.unnamed, stay.hand, state_of(invitation)) == (False, "offered", "accepted")
    assert selectors.open_invitations(room.space) == []


@pytest.mark.parametrize(("kind", "role", "hand"), [("speak", "listener", "offered"), ("cohost", "cohost", "down")])
def test_a_yes_before_the_start_waits_until_whoever_came_unnamed_shows_their_name(db, ana, kind, role, hand):
    space = planned()
    invitation = ask(space, ana, kind)
    invitations.accept(invitation=invitation, by=ana)
    schedule.go_live(space=space, by=space.host)
    stay = attendance.join(space=space, by=Person(user=ana), unnamed=True)
    assert (stay.unnamed, stay.role, stay.hand) == (True, "listener", "down")
    assert [row.state for row in selectors.sent_invitations(space)] == ["accepted"]
    stage.raise_hand(participant=stay, by=stay)
    stay.refresh_from_db()
    assert (stay.unnamed, stay.role, stay.hand) == (False, role, hand)
    assert Invitation.objects.get(pk=invitation.pk).used_at is not None


def test_a_yes_to_help_to_host_is_asked_for_again_where_one_came_unnamed(db, ana):
    space = planned()
    invitation = ask(space, ana, "cohost")
    invitations.accept(invitation=invitation, by=ana)
    schedule.go_live(space=space, by=space.host)
    stay = attendance.join(space=space, by=Person(user=ana), unnamed=True)
    assert 'id="cohost-accept"' in fragments.dock_body(room_stay(stay))
    invitations.accept(invitation=invitation, by=ana)
    assert (room_stay(stay).unnamed, room_stay(stay).role) == (False, "cohost")


def test_with_a_full_stage_a_yes_to_help_to_host_shows_the_name_and_waits(room, ana):
    seated = fill_the_stage(room)
    stay = come_unnamed(room, ana)
    invitations.accept(invitation=ask(room.space, ana, "cohost"), by=ana)
    assert (room_stay(stay).unnamed, room_stay(stay).role) == (False, "listener")
    stage.free_seat(participant=seated[0], by=room.host)
    assert room_stay(stay).role == "cohost"


def test_a_yes_to_listening_shows_neither_the_name_nor_that_one_is_here(room, ana):
    invitation, stay = ask(room.space, ana, "listen"), come_unnamed(room, ana)
    assert selectors.invitations_to(ana) == []
    invitations.accept(invitation=invitation, by=ana)
    assert room_stay(stay).unnamed and state_of(invitation) == "pending"
    attendance.leave(participant=stay, by=stay)
    assert selectors.invitations_to(ana) == [invitation]
    attendance.join(space=room.space, by=Person(user=ana))
    assert state_of(invitation) == "accepted"


def test_a_yes_that_came_into_force_shows_nobody_who_came_back_unnamed(room, ana):
    invitation = ask(room.space, ana)
    stay = invitations.accept(invitation=invitation, by=ana)
    attendance.leave(participant=stay, by=stay)
    come_unnamed(room, ana)
    invitations.accept(invitation=invitation, by=ana)
    assert room_stay(stay).unnamed


@pytest.mark.parametrize("kind", ["speak", "cohost", "listen"])
@pytest.mark.parametrize("before", [True, False], ids=["asked before", "asked after"])
def test_whoever_was_removed_unnamed_comes_in_by_no_invitation_until_that_is_lifted(room, ana, kind, before):
    invitation = ask(room.space, ana, kind) if before else None
    stay = come_unnamed(room, ana)
    removal.remove(participant=stay, by=room.host)
    invitation = invitation or ask(room.space, ana, kind)
    assert selectors.invitations_to(ana) == []
    assert refusal(invitations.accept, invitation=invitation, by=ana) == "removed"
    for unnamed in (True, False):
        join = {"space": room.space, "by": Person(user=ana), "unnamed": unnamed}
        assert refusal(attendance.join, **join) == "removed"
    assert not room_stay(stay).is_present and state_of(invitation) == "pending"
    removal.lift(participant=stay, by=room.host)
    assert selectors.invitations_to(ana) == [invitation]
    assert invitations.accept(invitation=invitation, by=ana).is_present
