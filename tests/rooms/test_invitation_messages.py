"""Invitations as messages: to whom they come, what they show of a Space and of its answer, and what they keep quiet."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import cards
from accounts.models import Block, Message, Notification, Side, User
from accounts.services import graph
from rooms.models import Invitation, Participant
from rooms.services import invitations, removal, schedule, spaces
from tests.support import cast
from tests.support.invited import ask, planned, refusal


@pytest.fixture
def ana(db) -> User:
    return cast.user("ana")


def shown_to(user: User) -> str:
    """The page of the only conversation they are in."""
    client = Client()
    client.force_login(user)
    return client.get(reverse("conversation", args=[Side.objects.get(user=user).conversation_id])).content.decode()


def state(invitation: Invitation, user: User) -> str:
    name = ("invitation", str(invitation.pk))
    return cards.load([name], user)[name].state


# --- Refusals, and what is not sent ---


def test_whoever_takes_messages_from_those_they_follow_is_invited_by_nobody_else(room, ana):
    User.objects.filter(pk=ana.pk).update(messages_from="followed")
    assert refusal(ask, room.space, ana) == "target_unwelcoming"
    assert not Invitation.objects.filter(user=ana).exists() and not Side.objects.filter(user=ana).exists()
    graph.follow(person=room.host.user, by=ana)
    assert ask(room.space, ana)


def test_inside_by_name_they_are_asked_and_get_no_message(room):
    listener = room.listener.user
    User.objects.filter(pk=listener.pk).update(messages_from="followed")
    asked = ask(room.space, listener, "cohost")
    assert asked and not Message.objects.filter(card_id=str(asked.pk)).exists()


def test_that_somebody_listens_unnamed_is_not_told_by_whether_they_can_be_invited(room):
    quiet = cast.user("quiet", messages_from="followed")
    stay = cast.enter(room.space, quiet)
    Participant.objects.filter(pk=stay.pk).update(unnamed=True)
    assert refusal(ask, room.space, quiet) == "target_unwelcoming"


def test_who_is_offered_a_seat_at_once_gets_no_message(room):
    assert ask(room.space, room.listener.user) is None
    assert not Side.objects.filter(user=room.listener.user).exists()


def test_a_card_is_nobodys_but_theirs(room, ana):
    asked = ask(room.space, ana)
    assert cards.load([("invitation", str(asked.pk))], cast.user("stranger")) == {}


def test_whom_a_block_keeps_out_reads_neither_what_it_is_about_nor_a_button(room, ana):
    spaces.change_settings(space=room.space, by=room.host.user, is_private=True)
    asked = ask(room.space, ana)
    Block.objects.create(blocker=room.cohost.user, blocked=ana)
    page = shown_to(ana)
    assert "A private Space" in page and "You cannot come into this Space" in page
    assert "Evening talk" not in page and f'id="accept-{asked.pk}"' not in page


# --- What it is ---


def test_an_invitation_is_one_message_from_whoever_asks_and_one_notification(room, ana):
    asked = ask(room.space, ana, by=room.cohost.user)
    message = Message.objects.get(card_id=str(asked.pk))
    assert (message.sender, message.card_kind) == (room.cohost.user, "invitation")
    assert Notification.objects.filter(user=ana, kind="invitation", subject=f"invitation:{asked.pk}").count() == 1


@pytest.mark.parametrize("follows", [True, False])
def test_it_lies_where_messages_of_theirs_lie(room, ana, follows):
    if follows:
        graph.follow(person=room.host.user, by=ana)
    ask(room.space, ana)
    assert Side.objects.get(user=ana).folder == ("inbox" if follows else "requests")
    assert len(room_cards(ana)) == 1


def room_cards(user: User) -> list:
    client = Client()
    client.force_login(user)
    return [line for line in client.get("/").content.decode().splitlines() if 'id="invitation-' in line]


def test_it_is_answered_with_the_same_buttons_as_on_the_home_page(room, ana):
    asked, page = ask(room.space, ana), shown_to(ana)
    assert "Host invites you to speak" in page and "Evening talk" in page
    for button in ("accept", "decline"):
        assert page.count(f'id="{button}-{asked.pk}"') == 1


def test_whoever_sent_it_sees_its_state_and_nothing_to_press(room, ana):
    asked = ask(room.space, ana)
    Side.objects.filter(user=room.host.user).exclude(conversation__sides__user=ana).delete()
    assert "No answer yet" in shown_to(room.host.user)
    assert f'id="accept-{asked.pk}"' not in shown_to(room.host.user)
    invitations.decline(invitation=asked, by=ana)
    assert "Ana said no" in shown_to(room.host.user)


# --- What became of it ---


def test_what_became_of_it_is_written_on_the_card(db, ana):
    space = planned()
    withdrawn = ask(space, ana)
    assert state(withdrawn, ana) == "pending"
    invitations.withdraw(invitation=withdrawn, by=space.host)
    declined = ask(space, ana)
    invitations.decline(invitation=declined, by=ana)
    accepted = ask(space, ana)
    invitations.accept(invitation=accepted, by=ana)
    assert [state(each, ana) for each in (withdrawn, declined, accepted)] == ["withdrawn", "declined", "accepted"]
    assert "I cannot come" in shown_to(ana)
    schedule.cancel(space=space, by=space.host)
    assert state(accepted, ana) == "ended"


def test_it_expires_to_the_second(room, ana):
    asked = ask(room.space, ana)
    with time_machine.travel(asked.expires_at - timedelta(seconds=1), tick=False):
        assert state(asked, ana) == "pending"
    with time_machine.travel(asked.expires_at, tick=False):
        assert state(asked, ana) == "expired"


def test_with_the_space_it_is_over(room, ana):
    asked = ask(room.space, ana)
    spaces.end(space=room.space, by=room.host)
    assert state(asked, ana) == "ended" and "The Space has ended" in shown_to(ana)


def test_once_one_has_come_it_says_so_and_asks_nothing(room, ana):
    asked = ask(room.space, ana)
    invitations.accept(invitation=asked, by=ana)
    page = shown_to(ana)
    assert "You said yes" in page
    assert f'id="accept-{asked.pk}"' not in page


def test_of_a_private_space_it_shows_no_more_once_it_lets_one_in_no_more(db, ana):
    space = planned(is_private=True)
    asked = ask(space, ana, "listen")
    assert "Roofs" in shown_to(ana)
    invitations.withdraw(invitation=asked, by=space.host)
    page = shown_to(ana)
    assert "Roofs" not in page and space.slug not in page and "A private Space" in page


def test_whoever_was_removed_unnamed_reads_it_and_the_host_learns_nothing(room):
    quiet = cast.user("quiet")
    stay = cast.enter(room.space, quiet)
    Participant.objects.filter(pk=stay.pk).update(unnamed=True)
    asked = ask(room.space, quiet)
    before = cards.load([("invitation", str(asked.pk))], room.host.user)
    stay.refresh_from_db()
    removal.remove(participant=stay, by=room.host)
    after = cards.load([("invitation", str(asked.pk))], room.host.user)
    assert [card.state for card in before.values()] == [card.state for card in after.values()] == ["pending"]
    assert f'id="accept-{asked.pk}"' not in shown_to(quiet)


# --- Live, and what it costs ---


def test_whoever_looks_at_it_is_told_of_every_change(room, ana, django_capture_on_commit_callbacks, monkeypatch):
    asked, told = ask(room.space, ana), []
    monkeypatch.setattr("accounts.publish.groups.poke", lambda groups: told.extend(groups))
    with django_capture_on_commit_callbacks(execute=True):
        invitations.withdraw(invitation=asked, by=room.host.user)
    conversation = Message.objects.get(card_id=str(asked.pk)).conversation_id
    assert f"conversation.{conversation}" in told


def test_many_cards_cost_one_query(ana, django_assert_num_queries):
    asked = [ask(schedule_of(number), ana) for number in range(3)]
    with django_assert_num_queries(1):
        found = cards.load([("invitation", str(each.pk)) for each in asked], ana)
    assert len(found) == 3 and all(card.known and card.asks for card in found.values())


def schedule_of(number: int):
    soon = timezone.now() + timedelta(hours=2)
    return schedule.plan(title="Roofs", scheduled_for=soon, by=cast.user(f"planner{number}"))
