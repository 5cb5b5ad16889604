"""What counts as read, and to whom that is said."""

from accounts import selectors
from accounts.services import blocks, messages
from tests.accounts.test_messages import ana, ben, friends, side, write

__all__ = ["ana", "ben", "friends"]


def test_reading_counts_up_to_what_was_shown_and_no_further(friends):
    ana, ben = friends
    first = write(ana, ben)
    write(ana, ben, "Second")
    messages.read(conversation=first.conversation, up_to=first.pk, by=ben)
    assert side(ben).unread == 1
    messages.read(conversation=first.conversation, up_to=2**63 - 1, by=ben)
    assert side(ben).unread == 0
    write(ana, ben, "Third")
    assert side(ben).unread == 1


def test_an_older_page_makes_nothing_unread_again(friends):
    ana, ben = friends
    first, second = write(ana, ben), write(ana, ben)
    for key in (second.pk, first.pk, 0):
        messages.read(conversation=first.conversation, up_to=key, by=ben)
    assert (side(ben).unread, side(ben).read_up_to) == (0, second.pk)


def test_that_it_was_read_is_seen_by_whoever_wrote_it(friends):
    ana, ben = friends
    message = write(ana, ben)
    assert selectors.thread(side(ana)).seen == 0
    messages.read(conversation=message.conversation, up_to=message.pk, by=ben)
    assert selectors.thread(side(ana)).seen == message.pk


def test_of_a_request_nobody_is_told_that_it_was_read(ana, ben):
    message = write(ana, ben)
    messages.read(conversation=message.conversation, up_to=message.pk, by=ben)
    assert selectors.thread(side(ana)).seen == 0


def test_whoever_blocks_or_deletes_is_not_said_to_have_read_it(friends):
    ana, ben = friends
    message = write(ana, ben)
    messages.forget_all(conversation=message.conversation, by=ben)
    assert selectors.thread(side(ana)).seen == 0
    again = write(ana, ben)
    blocks.block(person=ana, by=ben)
    messages.read(conversation=again.conversation, up_to=again.pk, by=ben)
    assert selectors.thread(side(ana)).seen == 0
