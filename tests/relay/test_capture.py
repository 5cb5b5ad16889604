"""What a real relay keeps of real microphones: only what it may, in time, and nothing of it is felt by who listens."""

import asyncio
import itertools
import shutil
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from rooms.relay import capture as capturing
from rooms.relay import protocol
from rooms.relay.capture import Capture
from rooms.relay.opus import SAMPLE_RATE
from rooms.relay.segments import Segment
from tests.relay.stage import Stage
from tests.relay.tape import heard, whole_packets
from tests.support.disks import fill, small_disk
from tests.support.ears import eventually, level, tone

ANA, BEN = 440, 1320


class Keeping:
    """A Capture in a folder, and what it hands on: `kept` with their bytes moved to a place of their own."""

    def __init__(self, spool: Path, shelf: Path, **options) -> None:
        self.kept: list[Segment] = []
        self.told: dict[str, bool] = {}
        self.refuses, self.refused, self.deaf = False, 0, False
        self._shelf = shelf
        shelf.mkdir(exist_ok=True)
        options = {"min_free": 0.0} | options
        self.capture = Capture(spool=spool, keep=self._keep, tell=self._tell, **options)

    def _keep(self, segment: Segment) -> None:
        if self.refuses:
            self.refused += 1
            raise OSError("the storage is away")
        folder = self._shelf / segment.space / segment.participant
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{segment.started_us}-{segment.samples}.opus"
        shutil.copyfile(segment.path, path)
        self.kept.append(Segment(segment.space, segment.participant, segment.started_us, segment.samples, path))

    def _tell(self, spaces: set[str], stopped: bool) -> None:
        if self.deaf:
            self.refused += 1
            raise OSError("the database is away")
        self.told |= dict.fromkeys(spaces, stopped)

    def of(self, participant: str) -> list[Segment]:
        return sorted((each for each in self.kept if each.participant == participant), key=lambda each: each.started_us)

    def seconds(self, participant: str) -> float:
        return sum(segment.samples for segment in self.of(participant)) / SAMPLE_RATE

    def sound(self, participant: str):
        """From the first sample to the last, every file whole."""
        mine = self.of(participant)
        for each in mine:
            whole_packets(each)
        began, ended = mine[0].started_us, mine[-1].ended_us
        return heard(mine, began, (ended - began) / 1e6)


@pytest.fixture
def keeping(tmp_path) -> Keeping:
    return Keeping(tmp_path / "spool", tmp_path / "shelf")


@pytest.fixture
async def stage(keeping) -> AsyncIterator[Stage]:
    stage = Stage()
    await stage.start(capture=keeping.capture)
    yield stage
    await stage.close()
    await stage.drain()


def test_a_seat_of_which_nothing_is_said_is_not_captured():
    """As web processes wrote them that knew nothing of it."""
    request, _ = protocol.decode_request(
        '{"op": "apply", "reply_to": "x", "state": {"space": "s", "version": 1, "live": true, "gone": [],'
        ' "seats": [{"participant": "ana", "csrc": 1, "muted": false}]}}'
    )
    assert request.state.seats == (protocol.Seat("ana", 1, muted=False, capture=False),)


async def test_only_who_is_to_be_captured_is(stage, keeping, tmp_path):
    lou = await stage.listen("lou")
    stage.seat("ana", capture=True)
    stage.seat("ben")
    await stage.speak("ana", tone(ANA))
    await stage.speak("ben", tone(BEN))
    await lou.hears(ANA)
    await lou.hears(BEN)
    await lou.frames(100)
    await stage.drain()
    assert {segment.participant for segment in keeping.kept} == {"ana"}
    assert {segment.space for segment in keeping.kept} == {stage.space}
    sound = keeping.sound("ana")
    assert level(sound[-SAMPLE_RATE:], ANA) > -30 and level(sound, BEN) < -60
    assert not list((tmp_path / "spool").iterdir()), "nothing stays behind"


async def test_a_muted_microphone_leaves_no_file(stage, keeping, tmp_path):
    stage.seat("ana", muted=True, capture=True)
    await stage.listen("lou")
    await stage.speak("ana", tone(ANA))
    await eventually(lambda: stage.heard("ana"))
    heard_at = stage.microphone("ana").heard_at
    await eventually(lambda: stage.microphone("ana").heard_at > heard_at + 1)
    await stage.drain()
    assert keeping.kept == [] and not list(tmp_path.rglob("*.opus"))


async def test_a_mute_ends_it_and_nothing_said_meanwhile_is_kept(stage, keeping):
    lou = await stage.listen("lou")
    stage.seat("ana", capture=True)
    pitches = itertools.chain(itertools.islice(tone(ANA), 100), tone(BEN))
    await stage.speak("ana", pitches)
    await lou.hears(ANA)
    stage.seat("ana", muted=True, capture=True)
    assert await stage.apply()
    await eventually(lambda: keeping.of("ana"))
    before = keeping.seconds("ana")
    heard_at = stage.microphone("ana").heard_at
    await eventually(lambda: stage.microphone("ana").heard_at > heard_at + 3)
    await stage.drain()
    assert keeping.seconds("ana") == before
    assert level(keeping.sound("ana"), BEN) < -60


async def test_whoever_withdraws_is_captured_no_more_and_heard_all_the_same(stage, keeping):
    lou = await stage.listen("lou")
    stage.seat("ana", capture=True)
    await stage.speak("ana", tone(ANA))
    await lou.hears(ANA)
    stage.seat("ana", capture=False)
    assert await stage.apply()
    await eventually(lambda: keeping.of("ana"))
    before = keeping.seconds("ana")
    await lou.frames(100)
    assert lou.level(ANA) > -30
    stage.seat("ana", capture=True)
    assert await stage.apply()
    await lou.frames(75)
    await stage.drain()
    first, *_, last = keeping.of("ana")
    assert before + 1 < keeping.seconds("ana") < before + 2.5
    assert last.started_us - first.ended_us > 1_500_000


async def test_it_is_captured_while_nobody_listens(stage, keeping):
    stage.seat("ana", capture=True)
    await stage.speak("ana", tone(ANA))
    await eventually(lambda: keeping.seconds("ana") >= 4, seconds=15)
    assert level(keeping.sound("ana"), ANA) > -30


async def test_segments_follow_each_other_at_their_time(stage, keeping):
    began = time.time()
    stage.seat("ana", capture=True)
    await stage.speak("ana", tone(ANA))
    await eventually(lambda: keeping.seconds("ana") >= 8, seconds=20)
    await stage.drain()
    mine = keeping.of("ana")
    # The first packets may have been slower than those behind them.
    assert began * 1e6 < mine[0].started_us and mine[-1].ended_us < (time.time() + 0.05) * 1e6
    for before, after in itertools.pairwise(mine):
        assert before.ended_us == after.started_us
    sound = keeping.sound("ana")
    for at in range(SAMPLE_RATE // 2, len(sound) - SAMPLE_RATE // 2, SAMPLE_RATE // 2):
        assert level(sound[at : at + SAMPLE_RATE // 2], ANA) > -30


async def test_a_voice_that_reconnects_goes_on_in_files_of_its_own_time(stage, keeping):
    lou = await stage.listen("lou")
    stage.seat("ana", capture=True)
    first = await stage.speak("ana", tone(ANA))
    await lou.frames(50)
    await stage.speak("ana", tone(ANA), replaces=first.session)
    await lou.frames(100)
    await stage.drain()
    mine = keeping.of("ana")
    assert len(mine) >= 2
    for before, after in itertools.pairwise(mine):
        assert before.ended_us <= after.started_us


async def test_a_drained_relay_keeps_all_there_is(stage, keeping, tmp_path):
    keeping.refuses = True
    stage.seat("ana", capture=True)
    await stage.speak("ana", tone(ANA))
    await eventually(lambda: keeping.refused >= 1, seconds=15)
    keeping.refuses = False
    await stage.drain()
    assert keeping.seconds("ana") >= 4
    assert not list(tmp_path.rglob("*.part")) and not list((tmp_path / "spool").iterdir())


async def test_what_a_drained_relay_could_not_keep_the_next_one_does(stage, keeping, tmp_path):
    keeping.refuses = True
    stage.seat("ana", capture=True)
    await stage.speak("ana", tone(ANA))
    await eventually(lambda: keeping.refused >= 1, seconds=15)
    await stage.drain()
    assert not keeping.kept
    nxt = Keeping(tmp_path / "spool", tmp_path / "shelf")
    await stage.start(capture=nxt.capture)
    await eventually(lambda: nxt.seconds("ana") >= 4)
    assert level(nxt.sound("ana"), ANA) > -30


# --- Little disk ---


async def test_a_full_disk_stops_it_the_space_is_told_and_listeners_hear_on(tmp_path):
    with small_disk(tmp_path / "disk", "8m") as disk:
        keeping, stage = Keeping(disk, tmp_path / "shelf", min_free=0.1), Stage()
        # Nothing leaves the disk.
        keeping.refuses = True
        await stage.start(capture=keeping.capture)
        try:
            lou = await stage.listen("lou")
            stage.seat("ana", capture=True)
            await stage.speak("ana", tone(ANA))
            await lou.hears(ANA)
            await eventually(lambda: keeping.told == {stage.space: False})
            keeping.deaf = True
            filler = fill(disk)
            await eventually(lambda: keeping.capture.stopped)
            await stage.heartbeat_is(capture_stopped=True)
            refused = keeping.refused
            await eventually(lambda: keeping.refused > refused)
            keeping.deaf = False
            await eventually(lambda: keeping.told == {stage.space: True})
            await lou.frames(50)
            assert lou.level(ANA) > -30
            filler.unlink()
            await eventually(lambda: keeping.told == {stage.space: False}, seconds=20)
            await stage.heartbeat_is(capture_stopped=False)
            await lou.frames(50)
            keeping.refuses = False
        finally:
            await stage.close()
            await stage.drain()
        assert keeping.seconds("ana") >= 1
        assert level(keeping.sound("ana")[-SAMPLE_RATE // 2 :], ANA) > -30


async def test_spaces_that_come_and_go_while_it_has_stopped_are_told(tmp_path):
    keeping = Keeping(tmp_path / "spool", tmp_path / "shelf", min_free=1.1)
    keeping.capture.start("00000000000000aa")
    telling = asyncio.create_task(keeping.capture.tell())
    try:
        await eventually(lambda: keeping.capture.stopped)
        keeping.capture.spaces = {"one"}
        await eventually(lambda: keeping.told == {"one": True})
        keeping.capture.spaces = {"two"}
        await eventually(lambda: keeping.told == {"one": False, "two": True})
        keeping.told.clear()
        keeping.capture.spaces = set()
        await eventually(lambda: keeping.told == {"two": False})
    finally:
        telling.cancel()
        await asyncio.to_thread(keeping.capture.close, 5)


async def test_what_another_relay_may_have_told_is_put_right(tmp_path, monkeypatch):
    monkeypatch.setattr(capturing, "TELL_AGAIN_SECONDS", 0.1)
    monkeypatch.setattr(capturing, "TELL_EVERY", 0.1)
    keeping = Keeping(tmp_path / "spool", tmp_path / "shelf", min_free=1.1)
    keeping.capture.start("00000000000000aa")
    telling = asyncio.create_task(keeping.capture.tell())
    try:
        keeping.capture.spaces = {"one"}
        await eventually(lambda: keeping.told == {"one": True})
        keeping.told["one"] = False
        await eventually(lambda: keeping.told == {"one": True})
    finally:
        telling.cancel()
        await asyncio.to_thread(keeping.capture.close, 5)
