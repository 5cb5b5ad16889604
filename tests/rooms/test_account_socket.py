"""The account's socket: for whom it opens, what it brings wherever one looks, and that it ends with the session."""

import json

import pytest
from asgiref.sync import sync_to_async
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone

import accounts.window
from accounts import groups
from accounts.models import User
from config.asgi import application
from rooms import fragments
from rooms.models import Invitation, Notice, Participant, Space
from rooms.services import invitations, reminders, schedule, spaces
from tests.rooms.test_live_equals_reload import cookies_of
from tests.support import cast
from tests.support.invited import ask, planned
from tests.support.live import AtHome

act = database_sync_to_async


@pytest.fixture
def quick_pulse(monkeypatch):
    monkeypatch.setattr(accounts.window, "PULSE_SECONDS", 0.05)


@pytest.fixture
def ana(transactional_db) -> User:
    return cast.user("ana")


def signed_in(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return {"sessionid": client.cookies["sessionid"].value}


async def at_home(user: User) -> AtHome:
    return await AtHome(await act(signed_in)(user)).open()


async def turned_away(jar: dict[str, str]) -> bool:
    visitor = AtHome(jar)
    assert (await visitor.socket.connect())[0]
    await visitor.until(lambda: visitor.closed is not None)
    return visitor.closed == 4401 and visitor.received == 0


# --- The door ---


@pytest.mark.parametrize("origin", [b"http://evil.example", b"null", b"http://localhost.evil.example"])
async def test_a_page_of_another_site_hears_nothing(ana, origin):
    jar = await act(signed_in)(ana)
    headers = [(b"origin", origin), (b"host", b"localhost"), (b"cookie", f"sessionid={jar['sessionid']}".encode())]
    socket = WebsocketCommunicator(application, "/ws/me/", headers=headers)
    assert not (await socket.connect())[0]


@pytest.mark.parametrize("jar", [{}, {"sessionid": "made-up"}, {"openfloor_guest": "x"}], ids=str)
async def test_nobody_without_an_account_is_let_in(transactional_db, jar):
    assert await turned_away(jar)


async def test_a_closed_account_is_not_let_in(ana):
    jar = await act(signed_in)(ana)
    await act(User.objects.filter(pk=ana.pk).update)(is_active=False)
    assert await turned_away(jar)


async def test_a_session_that_is_over_is_not_let_in(ana):
    jar = await act(signed_in)(ana)
    await act(SessionStore(jar["sessionid"]).delete)()
    assert await turned_away(jar)


async def test_what_a_client_says_is_ignored(ana):
    invitation = await act(lambda: ask(planned(), ana))()
    visitor = await at_home(ana)
    await visitor.socket.send_to(text_data=json.dumps({"accept": str(invitation.pk)}))
    await visitor.socket.send_to(bytes_data=b"\x00\xff")
    await act(invitations.decline)(invitation=invitation, by=ana)
    await visitor.until(lambda: not visitor.shows("Roofs"))
    assert (await act(Invitation.objects.get)()).state == "declined"
    await visitor.close()


# --- It ends with the session ---


async def sign_out(jar: dict[str, str]) -> None:
    client = Client()
    client.cookies.load(jar)
    assert (await sync_to_async(client.post)("/account/logout/")).status_code == 302


async def test_after_signing_out_the_next_news_closes_it_unheard(committed_room, ana):
    jar = await act(signed_in)(ana)
    visitor = await AtHome(jar).open()
    await sign_out(jar)
    await act(ask)(committed_room.space, ana)
    await visitor.until(lambda: visitor.closed == 4401)
    assert not visitor.shows("Evening talk")


async def test_after_signing_out_it_closes_without_any_news(ana, quick_pulse):
    jar = await act(signed_in)(ana)
    visitor = await AtHome(jar).open()
    await sign_out(jar)
    await visitor.until(lambda: visitor.closed == 4401)


async def test_signing_out_on_one_computer_leaves_the_other_signed_in(committed_room, ana):
    here, there = await act(signed_in)(ana), await act(signed_in)(ana)
    visitor = await AtHome(there).open()
    await sign_out(here)
    await act(ask)(committed_room.space, ana)
    await visitor.until(lambda: visitor.shows("Evening talk"))
    await visitor.close()


@pytest.mark.parametrize("how", ["closed", "another password"])
async def test_it_closes_when_the_account_is(ana, quick_pulse, how):
    def end():
        ana.is_active = how != "closed"
        ana.set_password("something else entirely")
        ana.save()

    visitor = await at_home(ana)
    await act(end)()
    await visitor.until(lambda: visitor.closed == 4401)


# --- What it brings ---


async def test_with_nothing_waiting_the_places_are_there_and_empty(ana):
    visitor = await at_home(ana)
    assert set(visitor.page.elements) == {"for-you", "bell", "follow-requests", "follow-requests-mark", "inbox-mark"}
    hidden = {key for key, element in visitor.page.elements.items() if " hidden" in element.partition(">")[0]}
    assert hidden == {"for-you", "follow-requests-mark"}
    await visitor.close()


def answered(answer):
    def do(space: Space, ana: User) -> None:
        answer(invitation=ask(space, ana, "cohost"), by=ana)

    return do


def told(kind: str):
    def do(space: Space, ana: User) -> None:
        reminders.ask(space=space, by=ana)
        if kind == "moved":
            schedule.move(space=space, scheduled_for=space.scheduled_for + timezone.timedelta(hours=1), by=space.host)
        elif kind == "cancelled":
            schedule.cancel(space=space, by=space.host)
        else:
            reminders.remind(space_id=space.pk, now=space.scheduled_for)

    return do


ACTS = {
    "one is invited": lambda space, ana: ask(space, ana),
    "one is invited twice": lambda space, ana: [ask(space, ana), ask(space, ana, "cohost")],
    "it is withdrawn": lambda space, ana: invitations.withdraw(invitation=ask(space, ana), by=space.host),
    "one says yes": answered(invitations.accept),
    "one says no": answered(invitations.decline),
    "the Space starts": lambda space, ana: [ask(space, ana), schedule.go_live(space=space, by=space.host)],
    "the Space is called off": lambda space, ana: [ask(space, ana), schedule.cancel(space=space, by=space.host)],
    "the time comes": told("start"),
    "the time moves": told("moved"),
    "what one waits for is called off": told("cancelled"),
}


@pytest.mark.parametrize("name", ACTS)
async def test_live_equals_reload_when(name, ana):
    space = await act(planned)()
    windows = [await at_home(ana) for _ in range(2)]
    await act(ACTS[name])(space, ana)
    for window in windows:
        await window.until_as_reloaded(ana)
        await window.close()


def begun(space: Space, ana: User) -> None:
    reminders.ask(space=space, by=ana)
    schedule.go_live(space=space, by=space.host)
    reminders.remind(space_id=space.pk, now=space.scheduled_for)


def rename(space: Space) -> None:
    spaces.describe(space=space, title="Ladders", description="", topics=[], language="en", by=space.host)


def end(space: Space) -> None:
    spaces.end(space=space, by=Participant.objects.get(space=space))


def call_off(space: Space) -> None:
    schedule.cancel(space=space, by=space.host)


LATER = {
    "what one is asked into has another title": (ask, rename),
    "what one was told of has another title": (told("moved"), rename),
    "what one was told of is over": (begun, end),
    "what one said yes to is called off": (answered(invitations.accept), call_off),
}


@pytest.mark.parametrize("name", LATER)
async def test_what_stands_there_already_follows_when(name, ana):
    before, change = LATER[name]
    space = await act(planned)()
    await act(before)(space, ana)
    window = await at_home(ana)
    await act(change)(await act(Space.objects.select_related("host").get)(pk=space.pk))
    await window.until_as_reloaded(ana)
    await window.close()


async def test_each_account_hears_of_its_own_alone(committed_room, ana):
    ben = await act(cast.user)("ben")
    visitors = [await at_home(user) for user in (ana, ben)]
    await act(ask)(committed_room.space, ana, "cohost")
    await act(ask)(committed_room.space, ben, "speak")
    for visitor, words, other in zip(visitors, ["help to host", "to speak"], ["to speak", "help to host"], strict=True):
        await visitor.until(lambda v=visitor, w=words: v.shows(w))
        assert not visitor.shows(other)
        assert visitor.received == 2
        await visitor.close()


async def test_putting_news_away_in_one_window_clears_it_from_the_other(ana):
    space = await act(planned)()
    await act(told("moved"))(space, ana)
    visitor = await at_home(ana)
    assert visitor.shows("Moved to")
    await act(reminders.dismiss)(notice=await act(Notice.objects.get)(), by=ana)
    await visitor.until(lambda: not visitor.shows("Moved to"))
    await visitor.close()


async def test_lost_news_is_there_with_the_next_pulse(committed_room, ana, monkeypatch, quick_pulse):
    visitor = await at_home(ana)
    monkeypatch.setattr(groups, "send", lambda messages: None)
    await act(ask)(committed_room.space, ana)
    await visitor.until(lambda: visitor.shows("Evening talk"))
    await act(spaces.end)(space=committed_room.space, by=committed_room.host)
    await visitor.until(lambda: not visitor.shows("Evening talk"))
    await visitor.close()


async def test_one_failed_pulse_is_not_the_last(committed_room, ana, monkeypatch, quick_pulse):
    visitor = await at_home(ana)
    render, failed = fragments.for_account, []

    def once(user):
        if not failed:
            failed.append(user)
            raise OSError
        return render(user)

    monkeypatch.setattr(fragments, "for_account", once)
    await visitor.until(lambda: failed)
    await act(ask)(committed_room.space, ana)
    await visitor.until(lambda: visitor.shows("Evening talk"))
    await visitor.close()


async def test_inside_a_space_an_offer_to_help_to_host_reaches_the_account_too(committed_room):
    visitor = await AtHome(await act(cookies_of)(committed_room.listener)).open()
    await act(ask)(committed_room.space, committed_room.listener.user, "cohost")
    await visitor.until(lambda: visitor.shows("to help to host"))
    await visitor.close()
