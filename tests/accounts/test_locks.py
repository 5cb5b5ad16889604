"""Two things at once with the same accounts, one made to wait for the other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Follow, FollowRequest, Message, User
from accounts.rules import Refused
from accounts.services import blocks, closing, erasure, graph, messages, privacy
from tests.setup.installation import wait_for
from tests.support import cast
from tests.support.waiting import one_lock_per_row, while_it_waits

pytestmark = [pytest.mark.django_db(transaction=True), one_lock_per_row]


@pytest.fixture
def ana() -> User:
    return cast.user("ana")


@pytest.fixture
def ben() -> User:
    return cast.user("ben")


def test_what_is_written_while_one_is_blocked_does_not_arrive(ana, ben):
    with pytest.raises(Refused, match="blocked_by_them"):
        while_it_waits(
            lambda: messages.send(to=ana, text="Hello", by=ben), holding=lambda: blocks.block(person=ben, by=ana)
        )
    assert not Message.objects.exists()


def test_a_request_taken_back_while_an_account_opens_up_makes_no_follower(ana, ben):
    privacy.protect(by=ana)
    graph.follow(person=ana, by=ben)
    while_it_waits(lambda: privacy.open_up(by=ana), holding=lambda: graph.unfollow(person=ana, by=ben))
    assert not Follow.objects.exists() and not FollowRequest.objects.exists()


def test_an_account_kept_at_the_last_moment_is_not_erased(ana):
    due = timezone.now() + timedelta(seconds=1)
    User.objects.filter(pk=ana.pk).update(closing_at=due)

    def keep_at_the_last_moment() -> None:
        closing.keep(by=ana)
        wait_for(lambda: timezone.now() > due, 5)

    assert not while_it_waits(lambda: erasure.erase(user_id=ana.pk), holding=keep_at_the_last_moment)
    assert User.objects.get(pk=ana.pk).is_open
