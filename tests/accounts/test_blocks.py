"""Blocking and muting people: who may, what ends with it, what it costs, and who is told."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from accounts import selectors
from accounts.events import Blocked, Unblocked
from accounts.models import Block, Follow, FollowRequest, Mute, User
from accounts.rules import Refused, may_block, may_mute
from accounts.services import blocks, graph, people
from accounts.signals import account_event
from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db


def somebody(handle: str) -> User:
    return people.open_account(
        handle=handle, email=f"{handle}@example.org", password=SECRET, display_name=handle.title()
    )


@pytest.fixture
def ben(db) -> User:
    return somebody("ben")


@pytest.fixture
def told():
    """What other apps were told."""
    events = []

    def note(sender, event, **kwargs) -> None:
        events.append(event)

    account_event.connect(note)
    yield events
    account_event.disconnect(note)


# --- Refusals ---


@pytest.mark.parametrize(("rule", "code"), [(may_block, "block_oneself"), (may_mute, "mute_oneself")])
def test_nobody_blocks_or_mutes_themselves(rule, code):
    with pytest.raises(Refused, match=code):
        rule(User(pk=1), User(pk=1))
    assert rule(User(pk=1), User(pk=2)) is None


def test_the_database_refuses_oneself_and_a_second_row(ana, ben):
    blocks.block(person=ana, by=ben)
    blocks.mute(person=ana, by=ben)
    for row in (Block(blocker=ana, blocked=ana), Block(blocker=ben, blocked=ana), Mute(muter=ana, muted=ana)):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_neither_follows_the_other_over_a_block(ana, ben):
    blocks.block(person=ana, by=ben)
    with pytest.raises(Refused, match="blocked_by_them"):
        graph.follow(person=ben, by=ana)
    with pytest.raises(Refused, match="blocked_by_me"):
        graph.follow(person=ana, by=ben)
    assert not Follow.objects.exists()


# --- Blocking and its end ---


def test_a_block_ends_follows_and_requests_both_ways_and_no_others(ana, ben):
    cleo = somebody("cleo")
    for follower, followed in ((ana, ben), (ben, ana), (cleo, ana), (ben, cleo)):
        Follow.objects.create(follower=follower, followed=followed)
        FollowRequest.objects.create(asker=follower, asked=followed)
    blocks.block(person=ana, by=ben)
    assert set(Follow.objects.values_list("follower", "followed")) == {(cleo.pk, ana.pk), (ben.pk, cleo.pk)}
    assert set(FollowRequest.objects.values_list("asker", "asked")) == {(cleo.pk, ana.pk), (ben.pk, cleo.pk)}


def test_both_are_told_once(ana, ben, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert blocks.block(person=ana, by=ben)
        assert not blocks.block(person=ana, by=ben)
        assert blocks.unblock(person=ana, by=ben)
        assert not blocks.unblock(person=ana, by=ben)
    facts = {"blocker": ben.pk, "blocked": ana.pk, "accounts": (ben.pk, ana.pk)}
    assert told == [Blocked(**facts), Unblocked(**facts)]


def test_each_lifts_only_their_own_block(ana, ben):
    blocks.block(person=ana, by=ben)
    blocks.block(person=ben, by=ana)
    assert blocks.unblock(person=ana, by=ben)
    assert selectors.blocked_between(ana, ben)
    assert blocks.unblock(person=ben, by=ana)
    assert not selectors.blocked_between(ana, ben)


def test_after_a_block_was_lifted_they_may_follow_again_and_do_not_by_themselves(ana, ben):
    graph.follow(person=ana, by=ben)
    blocks.block(person=ben, by=ana)
    blocks.unblock(person=ben, by=ana)
    assert not selectors.follows(ben, ana)
    assert graph.follow(person=ana, by=ben)


def test_a_mute_tells_nobody_and_ends_nothing(ana, ben, told, django_capture_on_commit_callbacks):
    graph.follow(person=ana, by=ben)
    with django_capture_on_commit_callbacks(execute=True):
        assert blocks.mute(person=ana, by=ben)
        assert not blocks.mute(person=ana, by=ben)
        assert selectors.mutes(ben, ana) and not selectors.mutes(ana, ben)
        assert blocks.unmute(person=ana, by=ben)
        assert not blocks.unmute(person=ana, by=ben)
    assert told == [] and selectors.follows(ben, ana)


# --- Reading ---


def test_each_question_costs_what_it_says(ana, ben, django_assert_num_queries):
    crowd = [somebody(f"one{number}") for number in range(4)]
    blocks.block(person=ben, by=crowd[0])
    blocks.block(person=crowd[1], by=ben)
    blocks.block(person=ana, by=ben)
    blocks.mute(person=ana, by=ben)
    blocks.mute(person=ben, by=crowd[2])
    with django_assert_num_queries(2):
        assert selectors.terms(ben, ana) == selectors.Terms(blocks=True, mutes=True)
    assert selectors.terms(ana, ben) == selectors.Terms(blocked=True)
    with django_assert_num_queries(1):
        assert selectors.blocked_between(ana, ben)
    assert not selectors.blocked_between(ana, crowd[0])
    with django_assert_num_queries(1):
        assert selectors.blockers_of(ben, crowd) == {crowd[0].pk}
    with django_assert_num_queries(1):
        assert selectors.blocked_by(ben, [one.pk for one in crowd]) == {crowd[1].pk}
    with django_assert_num_queries(1):
        assert selectors.muters_of(ben, crowd) == {crowd[2].pk}
    with django_assert_num_queries(1):
        assert set(User.objects.filter(selectors.not_blocked(ben))) == {ben, crowd[2], crowd[3]}
    with django_assert_num_queries(1):
        assert set(User.objects.filter(selectors.not_muted(ben))) == {ben, *crowd}
    with django_assert_num_queries(1):
        assert selectors.blocked_people(ben) == [ana, crowd[1]]
    with django_assert_num_queries(1):
        assert selectors.muted_people(ben) == [ana]


def test_a_visitor_without_an_account_blocks_nobody(ana, ben, django_assert_num_queries):
    blocks.block(person=ben, by=ana)
    nobody = AnonymousUser()
    assert set(User.objects.filter(selectors.not_blocked(nobody), selectors.not_muted(nobody))) == {ana, ben}
    with django_assert_num_queries(0):
        assert selectors.terms(nobody, ana) == selectors.terms(ana, ana) == selectors.Terms()


def test_a_list_of_rows_about_people_leaves_them_out_too(ana, ben):
    cleo = somebody("cleo")
    for person in (ana, ben):
        graph.follow(person=cleo, by=person)
    blocks.block(person=ben, by=ana)
    shown = cleo.followers.filter(selectors.not_blocked(ben, of="follower"))
    assert [follow.follower for follow in shown] == [ben]
