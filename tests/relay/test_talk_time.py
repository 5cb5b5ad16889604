"""How long each person has talked: counted by the relay that mixes them, added up in Redis, each word once."""

import itertools
import signal
from collections.abc import AsyncIterator, Iterable

import numpy as np
import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from rooms import redis
from rooms.relay import client, protocol, talk
from rooms.relay.mixer import TALKING_TICKS, Mixer
from rooms.relay.opus import FRAME_SAMPLES
from rooms.relay.talk import Talk
from tests.support.ears import eventually, sine, tone

ANA, BEN = 440, 1320
SECOND = 50


@pytest.fixture
def never_by_itself(monkeypatch) -> None:
    """What is written is written for another reason than that it was time to."""
    monkeypatch.setattr(talk, "WRITE_SECONDS", 3600)


@pytest.fixture
def often(monkeypatch) -> None:
    monkeypatch.setattr(talk, "WRITE_SECONDS", 0.1)


def talk_times(space: str) -> dict[str, int]:
    """Milliseconds by participant, as they stand in Redis."""
    return {name.decode(): int(ms) for name, ms in redis.client().hgetall(protocol.talk_key(space)).items()}


def words(frequency: float, seconds: float) -> Iterable[bytes]:
    """So much of a tone, and silence after it for good."""
    said = itertools.islice(tone(frequency), round(seconds * SECOND))
    return itertools.chain(said, tone(frequency, amplitude=0.0))


async def has_spoken(lou, frequency: float) -> None:
    await lou.hears(frequency)
    await eventually(lambda: lou.level(frequency) < -60)


async def passes(stage, seconds: int) -> None:
    """Time of the relay's own: a silent room sends nothing that could be counted."""
    end = stage.worker._seconds + seconds
    await eventually(lambda: stage.worker._seconds >= end, seconds=seconds + 5)


def ticks(said: Iterable[bool], mixer: Mixer | None = None) -> Mixer:
    """ana through a mixer: in each tick a sound or silence."""
    mixer = mixer or Mixer()
    for number, sounds in enumerate(said):
        mixer.choose({"ana": -10.0})
        mixer.tick({"ana": sine(ANA, number) if sounds else np.zeros(FRAME_SAMPLES, np.float32)}, {"ana": 1}, ["ana"])
    return mixer


def test_silence_and_a_shut_gate_are_not_talk():
    mixer = ticks([False] * 20)
    mixer.tick({"ana": None}, {"ana": 1}, ["ana"])
    mixer.tick({}, {}, ["ana"])
    assert mixer.take_talked() == {}


def test_a_gap_between_syllables_is_talk_and_what_follows_the_last_is_not():
    syllables = ([True] * 5 + [False] * 5) * 4
    assert ticks(syllables).take_talked() == {"ana": len(syllables) - 5}


def test_a_pause_is_not_talk():
    pause = [False] * TALKING_TICKS
    assert ticks([True] * 5 + pause + [True] * 5 + pause).take_talked() == {"ana": 10}


def test_a_gap_that_a_shut_gate_makes_is_not_talk():
    mixer = ticks([True] * 5 + [False] * 3)
    mixer.forget("ana")
    assert ticks([False] * 3 + [True] * 5, mixer).take_talked() == {"ana": 10}


def test_what_was_counted_outlives_the_voice_and_is_given_once():
    mixer = ticks([True] * 5)
    mixer.forget("ana")
    mixer.retain([])
    mixer.flush()
    assert mixer.take_talked() == {"ana": 5}
    assert mixer.take_talked() == {}


def test_what_was_taken_is_not_given_again():
    redis.client().hset(protocol.talk_key("taken"), "ana", 40)
    assert client.take_talk_times("taken") == {"ana": 40}
    assert client.take_talk_times("taken") == {}


def test_unknown_is_not_zero(settings, tmp_path):
    settings.REDIS_URL = f"unix://{tmp_path}/nothing.sock"
    redis.client.cache_clear()
    try:
        with pytest.raises(RedisError):
            client.take_talk_times("somewhere")
    finally:
        redis.client.cache_clear()


class Room:
    """One of which all is known that counts here: who talked in it for a second."""

    def __init__(self, *people: str) -> None:
        self.space, self.people = "elsewhere", people

    def take_talked(self) -> dict[str, int]:
        return dict.fromkeys(self.people, 1000)


@pytest.fixture
async def notes(settings) -> AsyncIterator[Talk]:
    async with Redis.from_url(settings.REDIS_URL, socket_timeout=1) as bus:
        yield Talk(bus, "a-relay", {})
    redis.client().delete(protocol.talk_key("elsewhere"), protocol.talk_batches_key("elsewhere"))


async def test_what_is_written_is_forgotten(notes):
    notes.hand_over(Room("ana", "ben"))
    for _ in range(3):
        await notes.write()
    notes.hand_over(Room("ana"))
    await notes.write()
    assert talk_times("elsewhere") == {"ana": 2000, "ben": 1000}


async def test_a_write_whose_answer_is_lost_counts_once(own_redis, notes):
    """A server that hangs answers nobody, and later does what it was asked meanwhile."""
    await eventually(own_redis.answers)
    notes.hand_over(Room("ana"))
    await notes.write()
    notes.hand_over(Room("ana"))
    own_redis.process.send_signal(signal.SIGSTOP)
    try:
        with pytest.raises(RedisError):
            await notes.write()
    finally:
        own_redis.process.send_signal(signal.SIGCONT)
    notes.hand_over(Room("ana"))
    await notes.write()
    assert talk_times("elsewhere") == {"ana": 3000}


async def test_no_more_is_kept_than_there_is_room_for(notes, monkeypatch):
    monkeypatch.setattr(talk, "KEPT_MAX", 2)
    for people in (["ana", "ben"], ["cem"], ["ana"]):
        notes.hand_over(Room(*people))
    await notes.write()
    assert talk_times("elsewhere") == {"ana": 2000, "ben": 1000}


async def test_a_muted_microphone_counts_nothing(stage):
    lou = await stage.listen("lou")
    stage.seat("ana", muted=True)
    stage.seat("ben")
    await stage.speak("ana", tone(ANA))
    await eventually(lambda: stage.heard("ana"))
    await stage.speak("ben", words(BEN, 1))
    await has_spoken(lou, BEN)
    await stage.drain()
    assert talk_times(stage.space).keys() == {"ben"}


async def test_talk_ends_with_the_mute(stage, never_by_itself):
    lou = await stage.listen("lou")
    stage.seat("ana")
    await stage.speak("ana", tone(ANA))
    await lou.hears(ANA)
    stage.seat("ana", muted=True)
    assert await stage.apply()
    assert stage.room.take_talked()["ana"] > 0
    heard_at = stage.microphone("ana").heard_at
    await passes(stage, 1)
    assert stage.microphone("ana").heard_at > heard_at, "they go on talking"
    assert stage.room.take_talked() == {}


async def test_three_seconds_of_talk_in_six_are_three(stage):
    lou = await stage.listen("lou")
    stage.seat("ana")
    await stage.speak("ana", words(ANA, 3))
    await has_spoken(lou, ANA)
    await passes(stage, 3)
    # By itself, while they are all there.
    await eventually(lambda: talk_times(stage.space), seconds=8)
    await stage.drain()
    assert 2700 <= talk_times(stage.space)["ana"] <= 3200
    for key in (protocol.talk_key(stage.space), protocol.talk_batches_key(stage.space)):
        assert 86_000 < redis.client().ttl(key) <= 86_400


async def test_two_who_talk_at_once_are_both_counted(stage):
    lou = await stage.listen("lou")
    for name, frequency in (("ana", ANA), ("ben", BEN)):
        stage.seat(name)
        await stage.speak(name, words(frequency, 2))
    await has_spoken(lou, BEN)
    await stage.drain()
    talked = talk_times(stage.space)
    assert talked.keys() == {"ana", "ben"} and all(1700 <= each <= 2200 for each in talked.values())


@pytest.mark.parametrize("fate", ["unseated", "removed"])
async def test_whoever_loses_their_seat_keeps_their_time(stage, never_by_itself, fate):
    lou = await stage.listen("lou")
    stage.seat("ana")
    await stage.speak("ana", words(ANA, 1))
    await has_spoken(lou, ANA)
    if fate == "removed":
        stage.remove("ana")
    stage.unseat("ana")
    assert await stage.apply()
    await eventually(lambda: "ana" not in stage.room.microphones)
    await lou.close()
    await eventually(lambda: talk_times(stage.space))
    assert stage.space not in stage.worker.rooms
    assert 800 <= talk_times(stage.space)["ana"] <= 1200


async def test_two_relays_one_after_the_other_add_up(stage, never_by_itself):
    stage.seat("ana")
    for _ in range(2):
        lou = await stage.listen("lou")
        await stage.speak("ana", words(ANA, 2))
        await has_spoken(lou, ANA)
        await stage.drain()
        await stage.start()
    assert 3500 <= talk_times(stage.space)["ana"] <= 4400


async def test_a_relay_whose_space_was_taken_over_writes_at_once(stage, never_by_itself):
    lou = await stage.listen("lou")
    stage.seat("ana")
    await stage.speak("ana", words(ANA, 1))
    await has_spoken(lou, ANA)
    redis.client().set(protocol.origin_key(stage.space), "another", px=60_000)
    await eventually(lambda: talk_times(stage.space))
    assert 800 <= talk_times(stage.space)["ana"] <= 1200


async def test_what_is_said_while_redis_is_away_is_counted_when_it_is_back(own_redis, stage, often):
    lou = await stage.listen("lou")
    stage.seat("ana")
    await stage.speak("ana", words(ANA, 3))
    await lou.hears(ANA)
    own_redis.kill()
    await lou.frames(SECOND)
    await has_spoken(lou, ANA)
    own_redis.start()
    await stage.heartbeat_is(listeners=1)
    await eventually(lambda: talk_times(stage.space))
    await stage.drain()
    # What was written before went with the server's memory, and is not counted again.
    assert 1800 <= talk_times(stage.space)["ana"] <= 3200
