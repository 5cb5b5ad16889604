"""Names on the wire between the web processes and the relays: keys, channels and messages in Redis.

Imported by rooms.relay.client (web side) and rooms.relay.worker (relay side). Imports nothing of ours, so that
neither side can reach into the other. Every message is one JSON object with an `op`; ids are strings.

A request is PUBLISHed on `relay_channel(relay_id)` with a `reply_to` list key; the relay RPUSHes exactly one reply
there (with an expiry). PUBLISH reaching nobody means that the relay is gone.
"""

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Literal

PREFIX = "openfloor"

HEARTBEAT_SECONDS = 1.0
HEARTBEAT_EXPIRES_MS = 4_000
LEASE_EXPIRES_MS = 5_000
REPLY_EXPIRES_SECONDS = 30

# Lua. Takes or renews a lease (KEYS[1]) for a relay (ARGV[1]) for ARGV[2] ms; 0 when another relay holds it.
HOLD = """
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
"""
# Lua. Gives a lease back, if it is this relay's.
RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) else return 0 end"


# A day after the last word of a Space its talk time is forgotten.
TALK_EXPIRES_SECONDS = 86_400
# Lua. Adds talk time to KEYS[1]: from ARGV[4] on participants, each followed by ms. A batch is added once, however
# often it is sent: KEYS[2] has the number (ARGV[2]) of the last of each relay (ARGV[1]). Both expire after ARGV[3] s.
ADD_TALK = """
if tonumber(redis.call('hget', KEYS[2], ARGV[1]) or 0) >= tonumber(ARGV[2]) then return 0 end
for i = 4, #ARGV, 2 do redis.call('hincrby', KEYS[1], ARGV[i], ARGV[i + 1]) end
redis.call('hset', KEYS[2], ARGV[1], ARGV[2])
redis.call('expire', KEYS[1], ARGV[3])
redis.call('expire', KEYS[2], ARGV[3])
return 1
"""


def relay_channel(relay: str) -> str:
    """Pub/sub channel on which one relay takes its requests."""
    return f"{PREFIX}:relay:{relay}:requests"


def heartbeat_key(relay: str) -> str:
    """String key holding a Heartbeat, written every second, gone after HEARTBEAT_EXPIRES_MS."""
    return f"{PREFIX}:relay:{relay}:heartbeat"


HEARTBEAT_PATTERN = heartbeat_key("*")


def origin_key(space: str) -> str:
    """Lease: the id of the relay that mixes this Space (SET NX PX, renewed with the heartbeat)."""
    return f"{PREFIX}:space:{space}:origin"


def presence_key(space: str) -> str:
    """Sorted set: participant id -> Unix time (s) at which a socket or a sound session of theirs was last seen."""
    return f"{PREFIX}:space:{space}:presence"


def talk_key(space: str) -> str:
    """Hash: participant id -> for how long (ms) they have talked so far, over all relays that carried the Space."""
    return f"{PREFIX}:space:{space}:talk"


def talk_batches_key(space: str) -> str:
    """Hash: relay id -> number of its last batch that is in `talk_key(space)`."""
    return f"{PREFIX}:space:{space}:talk-batches"


def reply_key(request: str) -> str:
    return f"{PREFIX}:reply:{request}"


@dataclass(frozen=True)
class Seat:
    """A grant: this participant's uplink passes unless muted. `csrc` names the voice in RTP (RFC 3550, 5.1).

    `capture`: while it passes, what is said is kept in segments (capture.py). Said by the rows, never presumed.
    """

    participant: str
    csrc: int
    muted: bool
    capture: bool = False


@dataclass(frozen=True)
class SpaceState:
    """All that a relay needs to know of a Space, read from committed rows; older versions are ignored.

    `gone` names participants whose sessions must be closed (they left, were removed, or the Space ended). `recording`:
    it is recorded for a replay, which everybody inside hears when it begins and ends.
    """

    space: str
    version: int
    live: bool
    seats: tuple[Seat, ...] = ()
    gone: tuple[str, ...] = ()
    recording: bool = False


@dataclass(frozen=True)
class Offer:
    """An SDP offer for an uplink ("whip", RFC 9725) or a downlink ("whep").

    `replaces` is the session this page held before, if any: a page whose downlink was superseded by a newer one
    elsewhere is told so (409 superseded) and does not fight for it.
    """

    kind: Literal["whip", "whep"]
    participant: str
    sdp: str
    state: SpaceState
    replaces: str = ""
    op: str = field(default="offer", init=False)


@dataclass(frozen=True)
class Close:
    """Ends one session; only its own participant may."""

    session: str
    participant: str
    op: str = field(default="close", init=False)


@dataclass(frozen=True)
class Apply:
    """A Space changed: gates follow the seats, `gone` sessions close. Answered when it is in force."""

    state: SpaceState
    op: str = field(default="apply", init=False)


@dataclass(frozen=True)
class HangUp:
    """Ends all sessions of a participant, who stays inside: whoever may, connects anew. Always answered with Done."""

    space: str
    participant: str
    op: str = field(default="hang_up", init=False)


@dataclass(frozen=True)
class Answer:
    session: str
    sdp: str
    op: str = field(default="answer", init=False)


@dataclass(frozen=True)
class Done:
    op: str = field(default="done", init=False)


@dataclass(frozen=True)
class Refusal:
    """`status` is the HTTP status of RFC 9725; `code` a word the problem body explains; `retry_after` in seconds."""

    status: int
    code: str
    retry_after: int = 0
    op: str = field(default="refusal", init=False)


@dataclass(frozen=True)
class Heartbeat:
    """A relay's word about itself. `busy` is the share of the last seconds spent working (0..1).

    A `full` relay turns new listeners away. How late ticks are (ms): the most in the last second, and the 99th
    percentile of the last ten.
    `tasks` counts those of its event loop: they come back to the same number when the same people are inside.
    `capture_stopped`: its disk has no room for what is said. `capture_dropped` counts packets it was too slow for.
    """

    relay: str
    pid: int
    accepting: bool
    spaces: int
    speakers: int
    listeners: int
    busy: float
    tick_late_ms: float
    tasks: int
    full: bool = False
    tick_late_p99_ms: float = 0.0
    capture_stopped: bool = False
    capture_dropped: int = 0


Request = Offer | Close | Apply | HangUp
Reply = Answer | Done | Refusal


def encode_request(request: Request, reply_to: str) -> str:
    return json.dumps({**dataclasses.asdict(request), "reply_to": reply_to})


def decode_request(raw: bytes | str) -> tuple[Request, str]:
    """Returns (request, reply_to). Raises ValueError for anything that is not one of ours."""
    data = json.loads(raw)
    try:
        reply_to, op = data.pop("reply_to"), data.pop("op")
        if "state" in data:
            data["state"] = _state(data["state"])
        return {"offer": Offer, "close": Close, "apply": Apply, "hang_up": HangUp}[op](**data), reply_to
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a relay request: {error}") from error


def encode_reply(reply: Reply) -> str:
    return json.dumps(dataclasses.asdict(reply))


def decode_reply(raw: bytes | str) -> Reply:
    data = json.loads(raw)
    try:
        return {"answer": Answer, "done": Done, "refusal": Refusal}[data.pop("op")](**data)
    except (KeyError, TypeError) as error:
        raise ValueError(f"not a relay reply: {error}") from error


def encode_heartbeat(heartbeat: Heartbeat) -> str:
    return json.dumps(dataclasses.asdict(heartbeat))


def decode_heartbeat(raw: bytes | str) -> Heartbeat:
    return Heartbeat(**json.loads(raw))


def _state(data: dict) -> SpaceState:
    return SpaceState(
        space=data["space"],
        version=data["version"],
        live=data["live"],
        seats=tuple(Seat(**seat) for seat in data["seats"]),
        gone=tuple(data["gone"]),
        recording=data.get("recording", False),
    )
