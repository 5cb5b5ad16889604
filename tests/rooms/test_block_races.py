"""A block and what it forbids, at the same time and from real processes: whichever comes first, it holds afterwards."""

import pytest

from accounts.models import Block, Follow, Message
from accounts.services import blocks
from rooms.models import Invitation, Participant
from rooms.services import invitations, spaces
from tests.support import cast
from tests.support.races import race_of

pytestmark = pytest.mark.slow

PAIRS = 4


@pytest.fixture
def people(committed_room) -> list[str]:
    return [cast.user(f"person{number}").handle for number in range(PAIRS)]


def at_once(*moves: tuple[str, str]) -> set[str]:
    """The outcomes there were."""
    return set(race_of(list(moves)))


def test_whoever_joins_while_the_host_blocks_them_is_not_inside(committed_room, people):
    slug = committed_room.space.slug
    moves = [move for one in people for move in (("join", f"{slug}/{one}"), ("block", f"{one}/host"))]
    assert at_once(*moves) <= {"done", "blocked"}
    assert Block.objects.filter(blocker=committed_room.host.user).count() == PAIRS
    assert not Participant.objects.filter(user__handle__in=people, left_at__isnull=True).exists()


def test_whoever_joins_while_their_blocker_becomes_cohost_is_not_inside(committed_room, people):
    room, helper = committed_room, cast.user("helper")
    for one in people:
        blocks.block(person=cast.User.objects.get(handle=one), by=helper)
    cast.enter(room.space, helper)
    asked = invitations.invite(space=room.space, user=helper, kind="cohost", by=room.host.user)
    joins = [("join", f"{room.space.slug}/{one}") for one in people]
    assert at_once(("accept", str(asked.pk)), *joins) <= {"done", "blocked"}
    assert Participant.objects.get(user=helper).role == "cohost"
    assert not Participant.objects.filter(user__handle__in=people, left_at__isnull=True).exists()


def test_nobody_follows_over_a_block_that_comes_at_the_same_time(committed_room, people):
    moves = []
    for one in people:
        moves += [("follow", f"{one}/host"), ("follow", f"host/{one}"), ("block", f"{one}/host")]
    assert at_once(*moves) <= {"done", "blocked_by_me", "blocked_by_them"}
    assert Block.objects.count() == PAIRS and not Follow.objects.exists()


def test_whatever_two_do_to_each_other_at_once_neither_is_stuck(committed_room):
    """Each asks the other into a Space of their own, writes to them, and follows them, while one blocks the other."""
    ana, ben = cast.user("ana"), cast.user("ben")
    here, there = (spaces.start(title="Mine", by=one).slug for one in (ana, ben))
    moves = [("invite", f"{here}/ben"), ("invite", f"{there}/ana")]
    moves += [("write", "ana/ben"), ("write", "ben/ana"), ("follow", "ana/ben"), ("follow", "ben/ana")]
    moves += [("join", f"{here}/ben"), ("block", "ben/ana")]
    assert at_once(*moves) <= {"done", "blocked", "target_blocked", "blocked_by_me", "blocked_by_them"}
    assert Block.objects.count() == 1 and not Follow.objects.exists()


def test_nobody_is_invited_over_a_block_that_comes_at_the_same_time(committed_room, people):
    slug = committed_room.space.slug
    moves = [move for one in people for move in (("invite", f"{slug}/{one}"), ("block", f"host/{one}"))]
    assert at_once(*moves) <= {"done", "target_blocked"}
    assert Block.objects.count() == PAIRS
    assert not Invitation.objects.filter(user__handle__in=people).exclude(state="withdrawn").exists()


def test_two_who_block_each_other_at_once_both_do(committed_room, people):
    one, other = people[:2]
    assert at_once(*[("block", f"{one}/{other}"), ("block", f"{other}/{one}")] * 3) == {"done"}
    assert Block.objects.count() == 2


def test_no_message_is_written_after_a_block_that_comes_at_the_same_time(committed_room, people):
    moves = [move for one in people for move in (("write", f"{one}/host"), ("block", f"{one}/host"))]
    assert at_once(*moves) <= {"done", "blocked_by_them", "same_to_many"}
    for block in Block.objects.all():
        assert not Message.objects.filter(sender=block.blocked, created_at__gt=block.created_at).exists()
