"""Who falls silent counts as away within seconds, and as here again when a datagram of theirs proves it."""

import random

import pytest

from rooms.relay import client, guard
from rooms.relay.guard import StunKey
from rooms.relay.liveness import AWAY_AFTER
from tests.relay.test_strangers import stranger
from tests.support.ears import eventually, tone


class Line:
    """A client's own line to the relay: it can be cut, or lose packets both ways."""

    def __init__(self, person) -> None:
        self.protocol = person.connection.getTransceivers()[0].receiver.transport.transport._connection._protocols[0]
        self.send, self.receive = self.protocol.transport.sendto, self.protocol.datagram_received
        self.protocol.transport = self
        self.protocol.datagram_received = self.datagram_received
        self.loss = 0.0
        self.dice = random.Random(3)

    def sendto(self, data, address=None) -> None:
        if self.dice.random() >= self.loss:
            self.send(data, address)

    def datagram_received(self, data, address) -> None:
        if self.dice.random() >= self.loss:
            self.receive(data, address)

    def close(self) -> None:
        """What aioice asks of its transport."""
        self.protocol.connection_lost(None)


async def test_a_vanished_listener_is_away_and_back_in_the_same_session(stage):
    lou, max_ = await stage.listen("lou"), await stage.listen("max")
    line, session = Line(lou), stage.sessions[lou.session]
    line.loss = 1.0
    await eventually(lambda: stage.away == {"lou"})
    assert not session.closed and stage.present == {"max"}
    line.loss = 0.0
    await eventually(lambda: not stage.away)
    assert stage.present == {"lou", "max"} and stage.sessions[lou.session] is session
    await lou.frames(5)
    assert not max_.is_over


async def test_a_vanished_speaker_is_away_and_heard_again(stage):
    stage.seat("ana")
    ana, lou = await stage.speak("ana", tone(440)), await stage.listen("lou")
    await lou.hears(440)
    line = Line(ana)
    line.loss = 1.0
    await eventually(lambda: stage.away == {"ana"})
    line.loss = 0.0
    await eventually(lambda: not stage.away)
    await lou.hears(440)


async def test_a_person_is_here_while_one_of_their_connections_is(stage):
    stage.seat("ana")
    await stage.speak("ana", tone(440))
    ears = await stage.listen("ana")
    Line(ears).loss = 1.0
    await eventually(lambda: stage.sessions[ears.session].away)
    assert stage.present == {"ana"} and not stage.away


async def test_whoever_closes_the_last_connection_that_was_heard_is_away(stage):
    stage.seat("ana")
    voice, ears = await stage.speak("ana", tone(440)), await stage.listen("ana")
    Line(ears).loss = 1.0
    await eventually(lambda: stage.sessions[ears.session].away)
    await voice.close()
    await eventually(lambda: stage.away == {"ana"})


@pytest.mark.parametrize("stage", [{"silence_max": AWAY_AFTER + 1}], indirect=True)
async def test_whoever_stays_silent_is_closed_and_still_away(stage):
    lou = await stage.listen("lou")
    Line(lou).loss = 1.0
    await eventually(lambda: not stage.sessions)
    assert stage.away == {"lou"}
    await stage.listen("lou")
    await eventually(lambda: not stage.away)


async def test_hanging_up_is_not_being_away(stage):
    lou = await stage.listen("lou")
    told = stage.told
    await lou.close()
    await eventually(lambda: not stage.sessions)
    max_ = await stage.listen("max")
    await eventually(lambda: stage.told > told)
    assert not stage.away and not max_.is_over


@pytest.mark.slow
async def test_a_third_of_all_packets_lost_both_ways_calls_nobody_away(stage):
    stage.seat("ana")
    ana, lou = await stage.speak("ana", tone(440)), await stage.listen("lou")
    for person in (ana, lou):
        Line(person).loss = 0.3
    for _ in range(3):
        await lou.frames(200)
    assert not stage.ever_away and stage.present == {"ana", "lou"}


async def test_a_datagram_from_the_peers_address_proves_nothing_by_itself(stage):
    lou = await stage.listen("lou")
    line, session = Line(lou), stage.sessions[lou.session]
    line.loss = 1.0
    address, port = session.peer.address, stage.worker.port

    def forge() -> bool:
        for datagram in (b"\x80\x6f" + bytes(30), b"\x81\xc9" + bytes(30), b"\x01\x01\0\0\x21\x12\xa4\x42" + bytes(12)):
            port._take(datagram, address)
        return stage.away == {"lou"}

    await eventually(forge)


async def test_attendance_that_could_not_be_written_is_told_again(stage):
    stage.deaf = True
    lou = await stage.listen("lou")
    Line(lou).loss = 1.0
    await eventually(lambda: stage.refused >= 2)
    stage.deaf = False
    await eventually(lambda: stage.away == {"lou"})


async def test_presence_is_not_noted_for_those_who_are_away(stage):
    lou = await stage.listen("lou")
    Line(lou).loss = 1.0
    await eventually(lambda: stage.away == {"lou"})
    await stage.listen("max")
    await eventually(lambda: "max" in client.presence(stage.space), seconds=8)
    seen = client.presence(stage.space)
    assert seen.get("lou", 0) < seen["max"]


def username_of(session) -> bytes:
    """A USERNAME attribute that names the session's peer."""
    name = session.peer._wire.username + b":abc"
    return guard.USERNAME.to_bytes(2, "big") + len(name).to_bytes(2, "big") + name + bytes(-len(name) % 4)


async def test_a_flood_in_a_peers_name_from_elsewhere_costs_a_few_checks_and_not_the_peer(stage):
    lou = await stage.listen("lou")
    forged = StunKey("wrong").signed(guard.BINDING_REQUEST, bytes(12), username_of(stage.sessions[lou.session]))
    with stranger() as attacker:
        for _ in range(200):
            attacker.sendto(forged, (stage.worker.port.host, stage.worker.port.port))
        await eventually(lambda: stage.worker.port.counts["over_limit"] > 100)
    await lou.frames(10)
    assert not lou.is_over
