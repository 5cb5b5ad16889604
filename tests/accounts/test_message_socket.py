"""The sockets of the pages of messages: for whom they open, what they bring, and that they end with the session."""

from uuid import uuid4

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.test import Client

import accounts.window
from accounts import fragments, groups, selectors
from accounts.audiences import account, conversation
from accounts.models import Message, User
from accounts.services import blocks, graph, messages
from tests.support import cast
from tests.support.html import by_id, settled
from tests.support.live import Visitor

act = database_sync_to_async


class AtMessages(Visitor):
    """One open page of messages."""

    path = "/ws/me/conversations/{slug}"

    def shows(self, words: str, where: str = "thread") -> bool:
        return words in self.page.elements.get(where, "")


@pytest.fixture
def friends(transactional_db) -> tuple[User, User]:
    ana, ben = cast.user("ana"), cast.user("ben")
    graph.follow(person=ana, by=ben)
    graph.follow(person=ben, by=ana)
    return ana, ben


@pytest.fixture
def quick_pulse(monkeypatch):
    monkeypatch.setattr(accounts.window, "PULSE_SECONDS", 0.05)


def signed_in(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {"sessionid": client.cookies["sessionid"].value}


def write(by: User, to: User, text: str = "Hello") -> Message:
    return messages.send(to=to, text=text, by=by)


async def at(user: User, message: Message, start: str = "") -> AtMessages:
    jar = await act(signed_in)(user)
    return await AtMessages(f"{message.conversation_id}/{start}", jar).open()


async def closed_with(visitor: AtMessages) -> int:
    assert (await visitor.socket.connect())[0]
    await visitor.until(lambda: visitor.closed is not None)
    assert visitor.received == 0
    return visitor.closed


# --- The door ---


async def test_a_conversation_of_others_does_not_exist(friends):
    ana, ben = friends
    message = await act(write)(ana, ben)
    stranger = await act(signed_in)(await act(cast.user)("stranger"))
    for pk in (message.conversation_id, uuid4()):
        assert await closed_with(AtMessages(f"{pk}/", stranger)) == 4404


async def test_nobody_without_an_account_is_let_in(friends):
    message = await act(write)(*friends)
    for path in ("", f"{message.conversation_id}/"):
        assert await closed_with(AtMessages(path, {})) == 4401


async def test_so_many_windows_of_one_account_open_within_a_minute(friends, monkeypatch):
    monkeypatch.setattr(accounts.window, "OPENED_PER_MINUTE", 1)
    ana, ben = friends
    message = await act(write)(ana, ben)
    hers, his = await act(signed_in)(ana), await act(signed_in)(ben)
    first = await AtMessages("", hers).open()
    assert await closed_with(AtMessages(f"{message.conversation_id}/", hers)) == 1013
    await first.close()
    await (await AtMessages("", his).open()).close()


async def test_it_closes_when_the_session_is_over(friends, quick_pulse):
    ana, ben = friends
    visitor = await at(ana, await act(write)(ana, ben))
    await act(User.objects.filter(pk=ana.pk).update)(is_active=False)
    await visitor.until(lambda: visitor.closed == 4401)


# --- What it brings ---


async def test_of_a_request_that_is_read_and_deleted_the_windows_of_its_sender_hear_nothing(transactional_db):
    ana, ben = await act(cast.user)("ana"), await act(cast.user)("ben")
    first = await act(write)(ana, ben)
    layer, groups_of_hers = get_channel_layer(), [conversation(first.conversation_id), account(ana.pk)]
    window = await layer.new_channel()
    for group in groups_of_hers:
        await layer.group_add(group, window)
    await act(messages.read)(conversation=first.conversation, up_to=first.pk, by=ben)
    await act(messages.forget_all)(conversation=first.conversation, by=ben)
    await layer.group_send(groups_of_hers[0], {"type": "something.else"})
    assert (await layer.receive(window))["type"] == "something.else"


ACTS = {
    "one writes": lambda ana, ben, first: write(ana, ben, "Second"),
    "the other writes": lambda ana, ben, first: write(ben, ana, "Second"),
    "it is read": lambda ana, ben, first: messages.read(conversation=first.conversation, up_to=first.pk, by=ben),
    "one message is deleted": lambda ana, ben, first: messages.forget(message=first, by=ben),
    "all is deleted": lambda ana, ben, first: messages.forget_all(conversation=first.conversation, by=ben),
    "one blocks the other": lambda ana, ben, first: blocks.block(person=ana, by=ben),
    "the block ends": lambda ana, ben, first: [blocks.block(person=ana, by=ben), blocks.unblock(person=ana, by=ben)],
}


@pytest.mark.parametrize("name", ACTS)
async def test_in_two_windows_of_both_live_equals_reload_when(name, friends):
    ana, ben = friends
    first = await act(write)(ana, ben)
    windows = [(user, await at(user, first)) for user in (ana, ben, ana, ben)]
    await act(ACTS[name])(ana, ben, first)
    for user, visitor in windows:
        await visitor.until(lambda u=user, v=visitor: same(u, first, v))
        await visitor.close()


async def same(user: User, first: Message, visitor: AtMessages) -> bool:
    return settled(visitor.page.elements) == settled(by_id(await act(as_reloaded)(user, first)))


def as_reloaded(user: User, first: Message) -> str:
    side = selectors.conversation(user, first.conversation_id)
    return fragments.conversation(user, side.folder, selectors.thread(side))


async def test_it_shows_from_the_first_message_of_the_page_on(friends):
    ana, ben = friends
    first, second = await act(write)(ana, ben, "First"), await act(write)(ana, ben, "Second")
    visitor = await at(ben, first, f"?from={second.pk}")
    assert visitor.shows("Second") and not visitor.shows("First")
    await act(write)(ana, ben, "Third")
    await visitor.until(lambda: visitor.shows("Third"))
    assert not visitor.shows("First")
    await visitor.close()


async def test_the_lists_follow_where_no_conversation_is_open(friends):
    ana, ben = friends
    inbox = await AtMessages("", await act(signed_in)(ben)).open()
    requests = await AtMessages("?folder=requests", await act(signed_in)(ben)).open()
    await act(write)(ana, ben, "From a friend")
    await act(write)(await act(cast.user)("stranger"), ben, "From a stranger")
    await inbox.until(lambda: inbox.shows("From a friend", "conversations"))
    await requests.until(lambda: requests.shows("From a stranger", "conversations"))
    assert not inbox.shows("From a stranger", "conversations")
    for visitor in (inbox, requests):
        await visitor.close()


async def test_lost_news_is_there_with_the_next_pulse(friends, monkeypatch, quick_pulse):
    ana, ben = friends
    visitor = await at(ben, await act(write)(ana, ben))
    monkeypatch.setattr(groups, "send", lambda messages: None)
    await act(write)(ana, ben, "Lost on the way")
    await visitor.until(lambda: visitor.shows("Lost on the way"))
    await visitor.close()
