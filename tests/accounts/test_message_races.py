"""Messages sent at the same time by real processes, on whatever database the tests run on."""

import pytest

from accounts.models import Conversation, Message, Side, User
from accounts.services import graph, messages
from tests.support import cast
from tests.support.races import PROCESSES, race, race_of

pytestmark = pytest.mark.slow


@pytest.fixture
def ana_and_ben(transactional_db) -> tuple[User, User]:
    ana, ben = cast.user("ana"), cast.user("ben")
    graph.follow(person=ana, by=ben)
    graph.follow(person=ben, by=ana)
    return ana, ben


def unread() -> dict[str, int]:
    return dict(Side.objects.values_list("user__handle", "unread"))


def test_eight_first_messages_make_one_conversation_and_all_are_counted(ana_and_ben):
    assert race("write", ["ana/ben"] * PROCESSES) == {"done": PROCESSES}
    assert (Conversation.objects.count(), Message.objects.count()) == (1, PROCESSES)
    assert unread() == {"ana": 0, "ben": PROCESSES}


def test_two_who_write_to_each_other_for_the_first_time_meet_in_one_conversation(ana_and_ben):
    half = PROCESSES // 2
    assert race_of([("write", "ana/ben")] * half + [("write", "ben/ana")] * half) == {"done": PROCESSES}
    assert Conversation.objects.count() == 1
    assert unread() == {"ana": half, "ben": half}


def test_reading_while_more_comes_leaves_unread_what_was_not_shown(ana_and_ben):
    ana, ben = ana_and_ben
    first = messages.send(to=ben, text="First", by=ana)
    half = PROCESSES // 2
    moves = [("write", "ana/ben")] * half + [("read", f"ben/{first.pk}")] * half
    assert race_of(moves) == {"done": PROCESSES}
    assert unread() == {"ana": 0, "ben": half}


def test_eight_strangers_who_write_with_the_same_words_are_five(transactional_db):
    """Counted before it is sent: of many at once no more pass than of many in a row."""
    cast.user("ana")
    for number in range(PROCESSES):
        cast.user(f"stranger{number}")
    outcome = race("write", [f"ana/stranger{number}" for number in range(PROCESSES)])
    assert outcome == {"done": 5, "same_to_many": PROCESSES - 5}
