"""The home page's socket: cards change in place, what has come is counted, and nobody is told what is not theirs."""

import pytest
from channels.db import database_sync_to_async
from django.contrib.sessions.models import Session
from django.test import Client

from accounts import window
from accounts.models import User
from accounts.services import blocks, safety
from rooms import looking
from rooms.consumers import home
from rooms.consumers.live import SOMEBODY_ELSE
from rooms.models import Participant, Space
from rooms.services import spaces
from tests.rooms.test_account_socket import signed_in
from tests.support import cast
from tests.support.live import PATIENCE, Visitor

act = database_sync_to_async


class AtHomePage(Visitor):
    path = "/ws/home/?{slug}"

    async def open(self) -> "AtHomePage":
        connected, code = await self.socket.connect(timeout=PATIENCE)
        assert connected, code
        return self

    def card(self, space: Space) -> str:
        return self.page.elements.get(f"card-{space.slug}", "")

    async def says(self, words: str) -> None:
        await self.until(lambda: any(words in html for html in self.page.elements.values()))


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(home, "LEAST_SECONDS", 0.01)
    monkeypatch.setattr(home, "PULSE_SECONDS", 0.1)


@pytest.fixture
def space(transactional_db) -> Space:
    return spaces.start(title="Evening talk", by=cast.user("host"))


def showing(*found: Space) -> str:
    return f"cards={looking.cards_named(found)}"


async def visitor(query: str = "", user: User | None = None) -> AtHomePage:
    return await AtHomePage(query, await act(signed_in)(user) if user else {}).open()


def end(space: Space) -> None:
    spaces.end(space=space, by=Participant.objects.get(space=space, role="host"))


HOSTILE = [
    "cards=" + "x.1," * 5000,
    "cards=../../etc.1,%00.1,a.b,.,1.1",
    "cards=%FF%FE.1&language=%FF&topic=%00",
    "&" * 4000,
    "cards=k.99999999999999999999",
    "cards[]=1&language=<script>",
]


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
async def test_whatever_a_page_asks_for_the_socket_goes_on(space, query):
    page = await visitor(query)
    await act(spaces.start)(title="News", by=await act(cast.user)("other"))
    await page.says("1 new Space: show")
    assert page.closed is None and "<script>" not in str(page.page.elements)
    await page.close()


def test_it_follows_no_more_cards_than_a_page_has():
    assert len(looking.cards_asked({"cards": ",".join(f"slug-{n}.1" for n in range(500))})) == looking.FOLLOWED_MOST


async def test_of_a_private_space_and_of_none_it_says_the_same(space):
    hidden = await act(spaces.start)(title="Secret", by=await act(cast.user)("other"), is_private=True)
    page = await visitor(f"cards={hidden.slug}.0,none-such.0")
    await page.until(lambda: len(page.page.elements) == 2)
    told = {html.replace(hidden.slug, "none-such") for html in page.page.elements.values()}
    assert len(told) == 1 and "Not listed any more" in told.pop()
    await page.close()


async def test_a_card_of_whom_one_blocked_goes_and_their_next_space_is_not_counted(space):
    reader = await act(cast.user)("reader")
    page = await visitor(showing(space), reader)
    await act(blocks.block)(person=space.host, by=reader)
    await page.says("Not listed any more")
    await act(end)(space)
    await act(spaces.start)(title="Another", by=space.host)
    await act(spaces.start)(title="Welcome", by=await act(cast.user)("other"))
    await page.says("1 new Space: show")
    assert "has ended" not in page.card(space)
    await page.close()


async def test_a_block_is_not_gathered_with_other_news(space, monkeypatch):
    monkeypatch.setattr(home, "LEAST_SECONDS", 60.0)
    monkeypatch.setattr(home, "PULSE_SECONDS", 60.0)
    monkeypatch.setattr(window.random, "random", lambda: 1.0)
    reader = await act(cast.user)("reader")
    page = await visitor(f"cards={space.slug}.0", reader)
    await page.says("Evening talk")
    await act(blocks.block)(person=space.host, by=reader)
    await page.says("Not listed any more")
    await page.close()


async def test_it_closes_once_its_person_is_signed_out(space):
    reader = await act(cast.user)("reader")
    page = await visitor(showing(space), reader)
    await act(Session.objects.all().delete)()
    await act(safety.note_ended)(user=reader)
    await page.until(lambda: page.closed == SOMEBODY_ELSE)


async def test_from_one_address_only_so_many_are_opened(space, monkeypatch):
    monkeypatch.setattr(home, "OPENED_PER_MINUTE", 1)
    query = showing(space)
    await act(cast.enter)(space)
    # It is brought up to date, so it was counted before the second one comes.
    first = await visitor(query)
    await first.says("1 listening")
    second = await visitor(query)
    await second.until(lambda: second.closed == home.TOO_MANY)
    await first.close()


async def test_the_count_changes_in_the_card_and_what_it_shows_already_is_not_sent(space):
    page = await visitor(showing(space))
    await act(cast.enter)(space, await act(cast.user)("listener"))
    await page.says("1 listening")
    assert page.received == 1
    await page.close()


async def test_a_page_that_is_behind_is_brought_up_to_date_when_it_comes(space):
    query = showing(space)
    await act(cast.enter)(space)
    page = await visitor(query)
    await page.says("1 listening")
    await page.close()


async def test_an_ended_one_stays_and_says_so(space):
    page = await visitor(showing(space))
    await act(end)(space)
    await page.says("Has ended")
    assert "space-card-over" in page.card(space)
    late = await visitor(showing(space))
    await late.says("Has ended")
    await page.close()
    await late.close()


async def test_one_that_becomes_private_tells_nothing_more_and_comes_back_when_listed(space):
    page = await visitor(showing(space))
    host = space.host
    await act(spaces.change_settings)(space=space, by=host, is_private=True)
    await page.says("Not listed any more")
    assert "Evening talk" not in page.card(space)
    await act(spaces.change_settings)(space=space, by=host, is_private=False)
    await page.says("Evening talk")
    await page.close()


async def test_what_has_come_and_gone_again_is_not_counted(space):
    page = await visitor()
    one = await act(spaces.start)(title="One", by=await act(cast.user)("one"))
    await page.says("1 new Space: show")
    await act(spaces.start)(title="Two", by=await act(cast.user)("two"))
    await page.says("2 new Spaces: show")
    await act(end)(one)
    await page.says("1 new Space: show")
    await page.close()


async def test_only_what_the_page_is_narrowed_down_to_counts(space):
    page = await visitor("language=de&topic=Bees")
    await act(spaces.start)(title="One", by=await act(cast.user)("one"), language="de")
    await act(spaces.start)(title="Two", by=await act(cast.user)("two"), language="de", topics=["Bees"])
    await page.says("1 new Space: show")
    await page.close()


async def test_live_equals_reload(space):
    page = await visitor(showing(space))
    await act(spaces.describe)(
        space=space, title="Another <b>title</b>", description="", topics=["Bees"], language="de", by=space.host
    )
    await page.says("Another &lt;b&gt;title")
    fresh = (await act(Client().get)("/")).content.decode()
    card = page.card(space)
    for words in ("Another &lt;b&gt;title&lt;/b&gt;", "<span>Bees</span>", "<span>Deutsch</span>"):
        assert words in card and words in fresh
    await page.close()
