"""Writing to people: who may, where it lies, what is read, and what is gone for one of the two."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from accounts import selectors
from accounts.models import Conversation, Message, Notification, Side, User
from accounts.rules import Refused
from accounts.services import blocks, graph, messages
from tests.support import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(db) -> User:
    return cast.user("ana")


@pytest.fixture
def ben(db) -> User:
    return cast.user("ben")


@pytest.fixture
def friends(ana, ben) -> tuple[User, User]:
    """Each follows the other."""
    graph.follow(person=ana, by=ben)
    graph.follow(person=ben, by=ana)
    return ana, ben


def refusal(act, **arguments) -> str:
    with pytest.raises(Refused) as refused:
        act(**arguments)
    return refused.value.code


def write(by: User, to: User, text: str = "Hello") -> Message:
    return messages.send(to=to, text=text, by=by)


def side(user: User) -> Side:
    return Side.objects.select_related("conversation__first", "conversation__second", "user").get(user=user)


def texts(user: User) -> list[str]:
    return [message.text for message in selectors.thread(side(user)).messages]


# --- Refusals ---


def test_nobody_writes_to_themselves(ana):
    assert refusal(messages.send, to=ana, text="Hello", by=ana) == "write_oneself"


@pytest.mark.parametrize("state", [{"is_active": False}, {"closing_at": timezone.now()}], ids=["closed", "closing"])
def test_nobody_writes_to_a_closed_account_nor_from_one(ana, ben, state):
    User.objects.filter(pk=ben.pk).update(**state)
    assert refusal(messages.send, to=ben, text="Hello", by=ana) == "writing_closed"
    ben.refresh_from_db()
    assert refusal(messages.send, to=ana, text="Hello", by=ben) == "writing_closed"


def test_blocked_people_do_not_write_to_each_other_either_way(friends):
    ana, ben = friends
    write(ana, ben)
    blocks.block(person=ana, by=ben)
    assert refusal(messages.send, to=ben, text="Hello", by=ana) == "blocked_by_them"
    assert refusal(messages.send, to=ana, text="Hello", by=ben) == "blocked_by_me"
    assert Message.objects.count() == 1


def test_whoever_takes_messages_from_those_they_follow_takes_none_from_others(ana, ben):
    User.objects.filter(pk=ben.pk).update(messages_from="followed")
    assert refusal(messages.send, to=ben, text="Hello", by=ana) == "writing_followed"
    assert not Conversation.objects.exists()
    graph.follow(person=ana, by=ben)
    assert write(ana, ben)


def test_whom_one_wrote_to_oneself_may_answer(ana, ben):
    User.objects.filter(pk=ben.pk).update(messages_from="followed")
    write(ben, ana)
    assert write(ana, ben, "Answer")


@pytest.mark.parametrize("text", ["", " \n ", "\u200b\u202e", "\u2800"])
def test_a_message_without_anything_to_see_is_refused(ana, ben, text):
    assert refusal(messages.send, to=ben, text=text, by=ana) == "message_empty"
    assert not Conversation.objects.exists()


def test_a_message_has_two_thousand_characters_and_no_more(ana, ben):
    assert refusal(messages.send, to=ben, text="ä" * 2001, by=ana) == "message_too_long"
    assert len(write(ana, ben, "ä" * 2000).text) == 2000


def test_twenty_messages_a_minute_and_no_twenty_first(friends):
    ana, ben = friends
    for number in range(20):
        write(ana, ben, f"Number {number}")
    assert refusal(messages.send, to=ben, text="One more", by=ana) == "too_many_messages"


def test_ten_strangers_an_hour_and_no_eleventh(ana, settings):
    settings.SAME_WORDS_PER_HOUR = 100
    for number in range(10):
        write(ana, cast.user(f"stranger{number}"))
    eleventh = cast.user("eleventh")
    for _ in range(2):
        assert refusal(messages.send, to=eleventh, text="Hello", by=ana) == "too_many_strangers"
    assert write(ana, User.objects.get(handle="stranger1"), "Once more")
    graph.follow(person=ana, by=eleventh)
    assert write(ana, eleventh)


def test_the_same_words_go_to_five_strangers_an_hour_however_they_are_dressed_up(ana):
    for number in range(5):
        write(ana, cast.user(f"stranger{number}"), f"Buy roses{'!' * number}")
    sixth = cast.user("sixth")
    for _ in range(2):
        assert refusal(messages.send, to=sixth, text="buy roses 99", by=ana) == "same_to_many"
    assert write(ana, sixth, "How are your tomatoes?")
    graph.follow(person=ana, by=sixth)
    assert write(ana, sixth, "Buy roses")


# --- Where it lies ---


def test_of_a_stranger_it_is_a_request_of_which_no_mark_and_no_news_tells(ana, ben):
    write(ana, ben)
    assert (side(ben).folder, side(ana).folder) == ("requests", "inbox")
    assert (selectors.unread(ben).messages, selectors.unread(ben).requests) == (0, 1)
    assert not Notification.objects.filter(kind="message").exists()


def test_of_whom_one_follows_it_comes_into_the_inbox_and_is_told(friends):
    ana, ben = friends
    message = write(ana, ben)
    assert side(ben).folder == "inbox"
    assert selectors.unread(ben).messages == 1
    told = Notification.objects.get(kind="message")
    assert (told.user, told.kind, told.subject, told.listed) == (ben, "message", f"message:{message.pk}", False)


@pytest.mark.parametrize("how", ["answered", "accepted", "followed since"])
def test_a_request_comes_into_the_inbox_once_it_is(ana, ben, how):
    write(ana, ben)
    if how == "answered":
        write(ben, ana)
    elif how == "accepted":
        messages.accept(conversation=side(ben).conversation, by=ben)
    else:
        graph.follow(person=ana, by=ben)
    write(ana, ben, "Again")
    assert side(ben).folder == "inbox"
    assert Notification.objects.filter(user=ben, kind="message").exists()


def test_what_muted_people_write_is_there_and_counts_in_no_mark(friends):
    ana, ben = friends
    blocks.mute(person=ana, by=ben)
    write(ana, ben)
    assert side(ben).unread == 1
    assert selectors.unread(ben).messages == 0
    assert selectors.conversations(ben, "inbox")[0].quiet


def test_two_people_have_one_conversation_whoever_begins(friends):
    ana, ben = friends
    first, second = write(ana, ben), write(ben, ana)
    assert first.conversation_id == second.conversation_id
    assert texts(ana) == texts(ben) == ["Hello", "Hello"]


# --- Gone for one of the two ---


def test_a_deleted_message_is_gone_for_oneself_alone(friends):
    ana, ben = friends
    message = write(ana, ben, "Hers")
    write(ana, ben, "Stays")
    messages.forget(message=message, by=ben)
    assert (texts(ana), texts(ben)) == (["Hers", "Stays"], ["Stays"])
    assert side(ben).unread == 1
    messages.forget(message=message, by=ana)
    assert texts(ana) == ["Stays"]


def test_without_any_message_left_the_conversation_is_in_no_list(friends):
    ana, ben = friends
    messages.forget(message=write(ana, ben), by=ben)
    assert selectors.conversations(ben, "inbox") == []
    assert len(selectors.conversations(ana, "inbox")) == 1
    assert selectors.unread(ben).messages == 0


def test_a_deleted_conversation_begins_anew_with_the_next_message(friends):
    ana, ben = friends
    conversation = write(ana, ben, "Old").conversation
    for _ in range(2):
        messages.forget_all(conversation=conversation, by=ben)
    assert (selectors.conversations(ben, "inbox"), selectors.unread(ben).messages) == ([], 0)
    write(ana, ben, "New")
    assert (texts(ben), texts(ana)) == (["New"], ["Old", "New"])
    assert side(ben).unread == 1


# --- Repeats, and what it costs ---


def test_a_repeat_writes_and_publishes_nothing(friends, django_capture_on_commit_callbacks):
    ana, ben = friends
    message = write(ana, ben)
    conversation = message.conversation
    acts = [
        lambda: messages.accept(conversation=conversation, by=ben),
        lambda: messages.read(conversation=conversation, up_to=message.pk, by=ben),
        lambda: messages.forget(message=message, by=ben),
        lambda: messages.forget_all(conversation=conversation, by=ben),
    ]
    for act in acts:
        act()
        with django_capture_on_commit_callbacks() as published:
            act()
        assert published == []


def test_lists_cost_the_same_however_long(ana, django_assert_num_queries):
    for number in range(4):
        write(cast.user(f"writer{number}"), ana)
    with django_assert_num_queries(3):
        rows = selectors.conversations(ana, "requests")
    with django_assert_num_queries(0):
        assert [row.side.other.display_name for row in rows] == ["Writer3", "Writer2", "Writer1", "Writer0"]
    with django_assert_num_queries(1):
        selectors.unread(ana)


def test_a_thread_costs_the_same_however_long(friends, django_assert_num_queries, settings):
    settings.MESSAGES_PER_MINUTE = 1000
    ana, ben = friends
    for number in range(60):
        write(ana, ben, f"Number {number}")
    mine = side(ben)
    with django_assert_num_queries(3):
        page = selectors.thread(mine)
    assert (len(page.messages), page.more, page.messages[-1].text) == (50, True, "Number 59")
    before = selectors.thread(mine, before=page.first)
    assert (len(before.messages), before.more, before.messages[-1].text) == (10, False, "Number 9")
    assert len(selectors.thread(mine, start=before.first).messages) == 60


def test_visitors_have_no_mark(client):
    assert AnonymousUser().pk is None
    assert "inbox-mark" not in client.get("/").content.decode()
