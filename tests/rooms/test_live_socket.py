"""The live socket at its door, and what happens to it when somebody's access changes."""

import asyncio
from collections import Counter

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from channels.testing import WebsocketCommunicator

from config.asgi import application
from rooms.consumers import live
from rooms.services import attendance, leading, removal, spaces, stage
from tests.rooms.test_live_equals_reload import cookies_of, tickets
from tests.support.live import Visitor

act = database_sync_to_async


@pytest.mark.parametrize("origin", [b"http://evil.example", b"null", b"http://localhost.evil.example"])
async def test_a_socket_from_another_site_is_refused(committed_room, origin):
    headers = [(b"origin", origin), (b"host", b"localhost")]
    socket = WebsocketCommunicator(application, f"/ws/spaces/{committed_room.space.slug}/", headers=headers)
    connected, _ = await socket.connect()
    assert not connected


async def test_an_unknown_space_closes_with_4404(committed_room):
    visitor = Visitor("nowhere", {})
    assert (await visitor.socket.connect())[0]
    await visitor.until(lambda: visitor.closed == 4404)


async def test_every_window_of_a_removed_person_closes_with_4403(committed_room):
    jar = await act(cookies_of)(committed_room.listener)
    windows = [await Visitor(committed_room.space.slug, jar).open() for _ in range(2)]
    await act(removal.remove)(participant=committed_room.listener, by=committed_room.host)
    for window in windows:
        await window.until(lambda w=window: w.closed == 4403)
    late = Visitor(committed_room.space.slug, jar)
    assert (await late.socket.connect())[0]
    await late.until(lambda: late.closed == 4403)


async def test_a_page_left_open_by_somebody_who_went_closes_too_when_they_are_removed(committed_room):
    jar = await act(cookies_of)(committed_room.listener)
    windows = [await Visitor(committed_room.space.slug, jar).open()]
    await act(attendance.leave)(participant=committed_room.listener, by=committed_room.listener)
    windows.append(await Visitor(committed_room.space.slug, jar).open())
    await act(removal.remove)(participant=committed_room.listener, by=committed_room.host)
    for window in windows:
        await window.until(lambda w=window: w.closed == 4403)


async def test_somebody_who_left_hears_no_more_of_the_roster(committed_room):
    visitor = await Visitor(committed_room.space.slug, await act(cookies_of)(committed_room.listener)).open()
    await act(attendance.leave)(participant=committed_room.listener, by=committed_room.listener)
    await visitor.until(lambda: "1 listening" in visitor.page.elements["space-header"])
    before = visitor.page.elements["roster"]
    await act(attendance.leave)(participant=committed_room.guest, by=committed_room.guest)
    await visitor.until(lambda: "listening" not in visitor.page.elements["space-header"])
    assert visitor.page.elements["roster"] == before
    await visitor.close()


async def test_hands_reach_the_hosts_and_a_demoted_cohost_sees_them_no_more(committed_room):
    room = committed_room
    visitor = await Visitor(room.space.slug, await act(cookies_of)(room.cohost)).open()
    await act(stage.raise_hand)(participant=room.listener, by=room.listener)
    await visitor.until(lambda: "Offer Listener a seat" in visitor.page.elements["manage"])
    await act(stage.free_seat)(participant=room.cohost, by=room.host)
    await visitor.until(lambda: "Offer Listener a seat" not in visitor.page.elements["manage"])
    await act(stage.lower_hand)(participant=room.listener, by=room.listener)
    await act(stage.raise_hand)(participant=room.listener, by=room.listener)
    # News for hosts comes last in its turn: what comes after the next turn comes after it.
    await act(attendance.leave)(participant=room.guest, by=room.guest)
    await visitor.until(lambda: "guest" not in visitor.page.elements["roster"])
    await act(attendance.leave)(participant=room.speaker, by=room.speaker)
    await visitor.until(lambda: "Speaker" not in visitor.page.elements["stage"])
    assert "Offer Listener a seat" not in visitor.page.elements["manage"]
    await visitor.close()


async def test_a_panel_that_was_under_way_does_not_reach_a_demoted_cohost(committed_room, monkeypatch):
    visitor = await Visitor(committed_room.space.slug, await act(cookies_of)(committed_room.cohost)).open()
    layer = get_channel_layer()
    discard, late = layer.group_discard, {"type": "fragment", "html": '<div id="manage">late</div>', "shown": (9999, 0)}

    async def after_one_more(group: str, channel: str) -> None:
        await layer.group_send(group, late | {"audience": group})
        await discard(group, channel)

    monkeypatch.setattr(layer, "group_discard", after_one_more)
    await act(leading.dismiss_cohost)(participant=committed_room.cohost, by=committed_room.host)
    monkeypatch.undo()
    await act(spaces.end)(space=committed_room.space, by=committed_room.host)
    await visitor.until(lambda: "has ended" in str(visitor.page.elements))
    assert "late" not in visitor.page.elements["manage"]
    await visitor.close()


@pytest.fixture
def asked_often(monkeypatch):
    monkeypatch.setattr(live, "PULSE_SECONDS", 0.05)
    monkeypatch.setattr(live, "OWNER_SECONDS", 0.05)


def change_password(user) -> None:
    user.set_password("another walk by the sea")
    user.save()


def close_account(user) -> None:
    user.is_active = False
    user.save()


@pytest.mark.parametrize("change", [change_password, close_account])
async def test_a_socket_of_a_session_that_is_over_closes_and_may_connect_anew(committed_room, asked_often, change):
    jar = await act(cookies_of)(committed_room.speaker)
    visitor = await Visitor(committed_room.space.slug, jar).open()
    await act(change)(committed_room.speaker.user)
    await visitor.until(lambda: visitor.closed == 1012)
    anew = await Visitor(committed_room.space.slug, jar).open()
    assert "dock-body" not in anew.page.elements
    await anew.close()


async def test_sockets_of_people_who_stay_signed_in_and_of_guests_stay_open(committed_room, asked_often, monkeypatch):
    people = await tickets(committed_room)
    visitors = [await Visitor(committed_room.space.slug, people[name][1]).open() for name in ("listener", "guest")]
    look, looks = live.LiveConsumer.look, Counter()

    async def counted(consumer) -> bool:
        looks[consumer] += 1
        return await look(consumer)

    monkeypatch.setattr(live.LiveConsumer, "look", counted)
    while len(looks) < 2 or min(looks.values()) < 5:
        await asyncio.sleep(0.01)
    await act(attendance.leave)(participant=committed_room.speaker, by=committed_room.speaker)
    for visitor in visitors:
        await visitor.until(lambda v=visitor: "Speaker" not in v.page.elements["stage"])
        await visitor.close()


async def test_what_a_client_says_on_the_socket_is_ignored(committed_room):
    visitor = await Visitor(committed_room.space.slug, {}).open()
    await visitor.socket.send_to(text_data='{"command": "end"}')
    await visitor.socket.send_to(bytes_data=b"\x00\xff")
    await act(spaces.end)(space=committed_room.space, by=committed_room.host)
    await visitor.until(lambda: 'data-live="0"' in visitor.page.elements["space-header"])
    await visitor.close()
