"""The live socket at its door, and what happens to it when somebody's access changes."""

import pytest
from channels.db import database_sync_to_async
from channels.testing import WebsocketCommunicator

from config.asgi import application
from rooms.services import attendance, removal, spaces, stage
from tests.rooms.test_live_equals_reload import cookies_of
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


async def test_what_a_client_says_on_the_socket_is_ignored(committed_room):
    visitor = await Visitor(committed_room.space.slug, {}).open()
    await visitor.socket.send_to(text_data='{"command": "end"}')
    await visitor.socket.send_to(bytes_data=b"\x00\xff")
    await act(spaces.end)(space=committed_room.space, by=committed_room.host)
    await visitor.until(lambda: 'data-live="0"' in visitor.page.elements["space-header"])
    await visitor.close()
