"""Which of a person's sessions counts, and what is left when they are over."""

import asyncio
import gc
import itertools
import os
import socket
import stat
import threading
import weakref
from collections.abc import Iterator

import pytest

from rooms import redis
from rooms.relay import client, protocol
from rooms.relay.aiortc_insides import Peer
from rooms.relay.protocol import Answer, Close, Done, Refusal
from tests.relay.offers import good_offer
from tests.support.ears import eventually, tone

ANA = 440


def is_stream(descriptor: str) -> bool:
    try:
        if not stat.S_ISSOCK(os.stat(f"/proc/self/fd/{descriptor}").st_mode):
            return False
    except FileNotFoundError:
        return True
    with socket.socket(fileno=os.dup(int(descriptor))) as opened:
        return opened.type == socket.SOCK_STREAM


async def test_the_newest_of_two_windows_gets_the_sound(stage):
    first = await stage.listen("lou")
    second = await stage.listen("lou")
    await eventually(lambda: first.is_over)
    await second.frames(5)
    assert list(stage.sessions) == [second.session]


async def test_a_page_that_renews_its_own_session_is_not_superseded(stage):
    first = await stage.listen("lou")
    first_session = first.session
    second = await stage.listen("lou", replaces=first_session)
    await eventually(lambda: first.is_over)
    again = await stage.offer("whep", "lou", await good_offer(), replaces=first_session)
    assert isinstance(again, Answer), "its answer may have been lost on the way"
    assert not second.is_over


async def test_being_superseded_is_remembered_through_renewals(stage):
    first = await stage.listen("lou")
    first_session = first.session
    await stage.listen("lou", replaces=first_session)
    await stage.listen("lou")
    refused = await stage.offer("whep", "lou", await good_offer(), replaces=first_session)
    assert refused == Refusal(409, "superseded")


async def test_a_microphone_that_fell_silent_is_replaced(stage):
    stage.seat("ana")
    first = await stage.speak("ana", itertools.islice(tone(ANA), 10))
    await eventually(lambda: first.has_ended and stage.heard("ana"))
    stage.microphone("ana").heard_at -= 3
    second = await stage.speak("ana", tone(ANA))
    lou = await stage.listen("lou")
    await lou.hears(ANA)
    assert stage.microphone("ana").id == second.session


async def test_a_session_is_closed_by_its_participant_only(stage):
    lou = await stage.listen("lou")
    assert await client.close(stage.space, Close(lou.session, "max")) == Refusal(404, "no_session")
    assert await client.close(stage.space, Close(lou.session, "lou")) == Done()
    assert await client.close(stage.space, Close(lou.session, "lou")) == Refusal(404, "no_session")
    await eventually(lambda: lou.is_over)


async def test_a_client_that_hangs_up_is_noticed(stage):
    lou = await stage.listen("lou")
    await lou.connection.close()
    await eventually(lambda: not stage.present)


async def test_nothing_is_left_when_everybody_has_gone(stage):
    def held() -> tuple[int, int, int]:
        # Streams are connections to Redis, which its pool keeps.
        descriptors = [number for number in os.listdir("/proc/self/fd") if not is_stream(number)]
        return len(descriptors), len(asyncio.all_tasks()), threading.active_count()

    async def crowd() -> None:
        people = [await stage.listen(f"lou{number}") for number in range(5)] + [await stage.speak("ana", tone(ANA))]
        assert len(stage.sessions) == 6
        await asyncio.gather(*(person.close() for person in people))
        await eventually(lambda: stage.space not in stage.worker.rooms)

    stage.seat("ana")
    # What is made once, for the first of them, stays.
    await crowd()
    before = held()
    await crowd()
    await eventually(lambda: held() <= before)
    assert redis.client().get(protocol.origin_key(stage.space)) is None


@pytest.fixture
def uncollected() -> Iterator[None]:
    """No collection of circles while the test runs."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("goodbye", ["deleted", "hung up", "ended"])
async def test_a_closed_session_needs_no_collector(stage, uncollected, goodbye):
    """Else closed sessions pile up, 100 kB each, until Python looks for circles; and that look is a pause in sound."""
    stage.seat("ana")
    ana, lou = await stage.speak("ana", tone(ANA)), await stage.listen("lou")
    await lou.hears(ANA)
    parts = [weakref.ref(stage.sessions[person.session]) for person in (ana, lou)]
    for peer in [part().peer for part in parts]:
        dtls = peer._dtls
        kept = (peer, peer._wire, peer._connection, dtls, dtls._ssl, dtls.transport, dtls.transport._connection)
        parts += map(weakref.ref, kept)
    del peer, dtls, kept
    match goodbye:
        case "deleted":
            await stage.close()
        case "hung up":
            await asyncio.gather(ana.connection.close(), lou.connection.close())
        case "ended":
            stage.room.close()
    await eventually(lambda: not [part() for part in parts if part() is not None])


@pytest.mark.parametrize("spoilt", ["", "opus/48000/2", "a=ice-ufrag", "a=fingerprint"])
async def test_an_offer_that_leads_to_nothing_needs_no_collector(stage, uncollected, monkeypatch, spoilt):
    made: list[weakref.ref] = []
    make = Peer.__init__

    def noted(peer: Peer, *arguments) -> None:
        make(peer, *arguments)
        made.extend(map(weakref.ref, (peer, peer._wire, peer._connection, peer._dtls)))

    monkeypatch.setattr(Peer, "__init__", noted)
    reply = await stage.offer("whep", "lou", (await good_offer()).replace(spoilt or "none of it", "a=nothing"))
    assert isinstance(reply, Refusal if spoilt else Answer) and made
    if stage.sessions:
        stage.room.close()
    await eventually(lambda: not [part() for part in made if part() is not None])


async def test_an_offer_whose_session_closes_while_it_is_answered_is_refused(stage, monkeypatch):
    answer = Peer.answer

    async def late(peer: Peer, offer: str) -> str:
        answered = await answer(peer, offer)
        stage.room.close()
        return answered

    monkeypatch.setattr(Peer, "answer", late)
    assert await stage.offer("whep", "lou", await good_offer()) == Refusal(409, "superseded")


async def test_presence_is_noted_for_connected_sessions(stage):
    await stage.listen("lou")
    await eventually(lambda: client.presence(stage.space).keys() == {"lou"}, seconds=8)


async def test_hanging_up_ends_all_sound_of_one_person_who_may_come_again(stage):
    stage.seat("ana")
    ana, mic, lou = await stage.listen("ana"), await stage.speak("ana", tone(ANA)), await stage.listen("lou")
    before = ana.session
    assert await asyncio.to_thread(client.hang_up, stage.space, "ana")
    await eventually(lambda: ana.is_over and mic.is_over)
    assert not lou.is_over
    again = await stage.listen("ana", replaces=before)
    await again.frames(5)
    await stage.speak("ana", tone(ANA), replaces=mic.session)
    await lou.hears(ANA)


async def test_hanging_up_on_nobody_is_done_at_once(stage):
    await stage.listen("lou")
    assert await asyncio.to_thread(client.hang_up, stage.space, "nobody")
    assert await asyncio.to_thread(client.hang_up, "no-such-space", "lou")
    assert len(stage.sessions) == 1
