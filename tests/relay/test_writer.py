"""The writing thread's own troubles: full and broken disks, a queue that overflows, microphones that fail alone."""

import errno
import logging
import os
import threading

import pytest

from rooms.relay import writer as writing
from rooms.relay.opus import SAMPLE_RATE
from rooms.relay.spool import Spool
from rooms.relay.track import Taken, Track
from rooms.relay.writer import Wall, Writer
from tests.relay.tape import KEY, RELAY, Tape, whole_packets
from tests.relay.test_spool import found
from tests.relay.test_track import SECOND, beeps, stream
from tests.setup.installation import wait_for
from tests.support.disks import fill, read_only, small_disk

BEN = "space", "ben"


@pytest.fixture(scope="module")
def payloads() -> list[bytes]:
    return beeps(60)


@pytest.fixture
def disk(tmp_path):
    with small_disk(tmp_path / "disk", "8m") as place:
        yield place


def taken(number: int, payload: bytes, arrived: float) -> Taken:
    return Taken(1, number, number * 960, 960, payload, arrived)


def samples(tape: Tape) -> int:
    for segment in tape.segments:
        whole_packets(segment)
    return sum(segment.samples for segment in tape.segments)


# --- The disk ---


def test_below_the_least_room_it_stops_and_above_it_goes_on(disk, payloads):
    tape = Tape(disk, min_free=0.10)
    tape.send(stream(payloads))
    tape.travel(10.2)
    assert not tape.writer.stopped
    filler = fill(disk, leave=700_000)
    tape.travel(1.5)
    assert tape.writer.stopped
    assert not list(disk.rglob("*.part")), "what was open is finished"
    before = samples(tape)
    assert 9.5 * SAMPLE_RATE <= before <= 12 * SAMPLE_RATE
    tape.travel(5)
    assert samples(tape) == before
    filler.write_bytes(bytes(7_400_000))
    tape.travel(3)
    assert tape.writer.stopped, "a little more than the least is not yet room"
    filler.unlink()
    tape.travel(1.5)
    assert not tape.writer.stopped
    tape.travel(45)
    assert samples(tape) >= before + 35 * SAMPLE_RATE


def test_a_disk_that_is_full_of_a_sudden_costs_a_second_of_sound_and_no_file(disk, payloads, caplog):
    tape = Tape(disk)
    tape.send(stream(payloads))
    tape.travel(10.2)
    filler = fill(disk)
    tape.travel(10)
    assert tape.writer.stopped and "No space left" in caplog.text
    assert not list(disk.rglob("*.part"))
    before = samples(tape)
    assert before >= 9 * SAMPLE_RATE
    assert len(caplog.records) <= 3, "not a line for every packet"
    filler.unlink()
    tape.travel(12)
    assert not tape.writer.stopped
    tape.travel(30)
    assert samples(tape) > before + 25 * SAMPLE_RATE


def test_a_disk_that_is_read_only_stops_it_until_it_is_not(disk, payloads, caplog):
    tape = Tape(disk)
    tape.send(stream(payloads))
    with read_only(disk):
        tape.travel(20)
        assert tape.writer.stopped and "Read-only" in caplog.text
        assert len(caplog.records) == 1
    tape.travel(10)
    assert not tape.writer.stopped
    tape.travel(20)
    assert samples(tape) >= 19 * SAMPLE_RATE


def test_a_disk_that_breaks_while_it_writes_stops_it_and_nothing_written_is_lost(
    tmp_path, payloads, monkeypatch, caplog
):
    tape = Tape(tmp_path)
    tape.send(stream(payloads))
    tape.travel(10.2)

    def fail(*_) -> int:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "write", fail)
        broken.setattr(os, "fsync", fail)
        tape.travel(30)
        assert tape.writer.stopped and "Input/output error" in caplog.text
        assert "captured again" not in caplog.text, "it does not flap"
        assert len(caplog.records) == 1
    tape.travel(15)
    assert not tape.writer.stopped
    assert samples(tape) >= 9 * SAMPLE_RATE
    assert len([segment for segment in tape.segments if segment.samples < 4 * SAMPLE_RATE]) <= 2


def test_a_place_that_can_never_be_written_is_no_more_than_a_warning(tmp_path, payloads, caplog):
    (tmp_path / "file").touch()
    tape = Tape(tmp_path / "file" / "spool")
    tape.send(stream(payloads[: 5 * SECOND]))
    tape.travel(8)
    assert tape.writer.stopped
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


def test_nothing_queues_up_while_it_has_stopped(tmp_path, payloads):
    (tmp_path / "file").touch()
    writer = Writer(Spool(tmp_path / "file", RELAY), 0.0, lambda: None)
    writer.turn(1000.0)
    for number in range(100):
        writer.put(KEY, taken(number, payloads[0], 1000.0))
    assert writer.stopped and not writer._queue and writer.dropped == 0


# --- The queue ---


def test_a_queue_that_is_full_drops_what_comes_and_counts_it(tmp_path, payloads, monkeypatch, caplog):
    """A disk that hangs: nobody takes anything."""
    monkeypatch.setattr(writing, "QUEUE_MAX", 200)
    spool = Spool(tmp_path, RELAY)
    writer = Writer(spool, 0.0, lambda: None)
    for number in range(300):
        writer.put(KEY, taken(number, payloads[number], 1000.0 + number * 0.02))
    writer.end(KEY)
    assert writer.dropped == 100 and writer.is_stuck
    writer.turn(1010.0)
    assert not writer.is_stuck
    (segment,) = found(spool)
    assert whole_packets(segment) == payloads[:200]
    writer.turn(1012.0)
    assert "100 packets were not captured" in caplog.text
    caplog.clear()
    writer.turn(1014.0)
    assert not caplog.records


def test_its_thread_writes_what_it_is_given_and_finishes_it_when_it_closes(tmp_path, payloads):
    spool, heard = Spool(tmp_path, RELAY), threading.Event()
    writer = Writer(spool, 0.0, heard.set)
    writer.start()
    now = writer._clock()
    for number in range(6 * SECOND):
        writer.put(KEY, taken(number, payloads[number], now + number * 0.02 - 6))
    assert heard.wait(10)
    writer.close(10)
    assert not writer._thread.is_alive()
    assert sum(segment.samples for segment in found(spool)) == 6 * SAMPLE_RATE


# --- One among others ---


def test_a_microphone_that_fails_costs_the_others_nothing(tmp_path, payloads, monkeypatch, caplog):
    spool = Spool(tmp_path, RELAY)
    writer = Writer(spool, 0.0, lambda: None)
    real = Track.take

    def take(track: Track, packet: Taken) -> None:
        if track._folder.name == "ana" and packet.sequence == 60:
            raise ValueError("a mistake of ours")
        real(track, packet)

    monkeypatch.setattr(Track, "take", take)
    for number in range(3 * SECOND):
        for key in (KEY, BEN):
            writer.put(key, taken(number, payloads[number], 1000.0 + number * 0.02))
        if number % 10 == 0:
            writer.turn(1000.0 + number * 0.02)
    for key in (KEY, BEN):
        writer.end(key)
    writer.turn(1010.0)
    assert "a mistake of ours" in caplog.text and not writer.stopped
    assert sum(s.samples for s in found(spool) if s.participant == "ben") == 3 * SAMPLE_RATE
    assert sum(s.samples for s in found(spool) if s.participant == "ana") >= 1.5 * SAMPLE_RATE


def test_a_microphone_that_does_not_end_well_keeps_no_other_from_ending(tmp_path, payloads, monkeypatch, caplog):
    spool = Spool(tmp_path, RELAY)
    writer = Writer(spool, 0.0, lambda: None)
    for number in range(2 * SECOND):
        for key in (KEY, BEN):
            writer.put(key, taken(number, payloads[number], 1000.0 + number * 0.02))
    writer.turn(1001.8)
    real = Track.end

    def end(track: Track) -> None:
        if track._folder.name == "ana":
            raise ValueError("a mistake of ours")
        real(track)

    monkeypatch.setattr(Track, "end", end)
    writer._end_all()
    assert "a mistake of ours" in caplog.text
    assert sum(s.samples for s in found(spool) if s.participant == "ben") == 2 * SAMPLE_RATE
    assert not list(tmp_path.rglob("*.part"))


def test_those_who_have_gone_are_forgotten(tmp_path, payloads):
    tape = Tape(tmp_path)
    tape.send(stream(payloads[:SECOND]))
    tape.travel(2)
    assert tape.writer._tracks
    tape.travel(writing.IDLE_SECONDS + 5)
    assert not tape.writer._tracks


def test_a_microphone_that_falls_silent_for_good_is_finished(tmp_path, payloads):
    spool = Spool(tmp_path, RELAY)
    writer = Writer(spool, 0.0, lambda: None)
    writer.start()
    now = writer._clock()
    for number in range(SECOND):
        writer.put(KEY, taken(number, payloads[number], now - 1 + number * 0.02))
    wait_for(lambda: found(spool), 10)
    assert [segment.samples for segment in found(spool)] == [SAMPLE_RATE]
    writer.close(10)


def test_a_pause_between_two_clocks_is_not_taken_for_a_clock_that_was_set():
    now = [1000.0]

    def unix(pause: float = 0.0) -> float:
        now[0] += pause
        return 1_790_000_000 + now[0]

    wall = Wall(lambda: now[0], unix)
    assert wall.us(1000.0) == 1_790_001_000_000_000
    wall._unix = lambda: unix(pause=30.0)
    assert not wall.look()
    wall._unix = lambda: now[0]
    assert wall.look() and wall.us(1030.0) == 1_030_000_000, "1970, as machines begin that have no clock of their own"
    wall._unix = lambda: unix() + 3600
    assert wall.look() and wall.us(1030.0) == 1_790_004_630_000_000
