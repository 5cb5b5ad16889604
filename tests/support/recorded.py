"""A Space that is over and was recorded, as if people had talked in it: rows, and real segments in storage.

`replayed.replay()` makes a replay of it without the work of mixing.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from accounts.models import User
from recordings import places, retention
from recordings.models import Copy, Segment
from rooms.models import Consent, Participant, RecordingPeriod, Space
from rooms.relay.opus import FRAME_SAMPLES, SAMPLE_RATE, Encoder
from rooms.roles import Role
from tests.support import cast, sound

SPEECH = Path(__file__).parents[2] / "rooms/demo/speech"
SPEAKS = {"host": "01-host", "cohost": "02-cohost", "speaker": "03-speaker"}
SEGMENT_SECONDS = 4
# The Ogg checksum's bits run the other way than zlib's (RFC 3533, section 6).
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


@dataclass(frozen=True)
class Talk:
    """Somebody's microphone is open and they talk: seconds since the Space began. `tone` in Hz in place of speech."""

    who: str
    start: float
    end: float
    tone: float | None = None


# The host opens, two answer, twice the host takes over again.
TALKS = (
    Talk("host", 2, 26),
    Talk("speaker", 27, 52),
    Talk("host", 50, 64),
    Talk("cohost", 66, 94),
    Talk("speaker", 96, 104),
    Talk("host", 104, 118),
)


def space(
    talks: Sequence[Talk] = TALKS,
    *,
    host: User | None = None,
    title: str = "Small gardens on high roofs",
    answers: dict[str, str] | None = None,
    ended: datetime | None = None,
    lasted: float | None = None,
    recorded: Sequence[tuple[float, float]] | None = None,
    **fields,
) -> Space:
    """Who talks was on stage, with accounts of their own names, and said yes to being recorded or what `answers` say.
    `recorded`: seconds from which to which the host had it recorded, all of it otherwise. `fields` are the Space's."""
    lasted = lasted or max(talk.end for talk in talks) + 2
    ended = ended or timezone.now()
    began = ended - timedelta(seconds=lasted)
    made = Space.objects.create(
        title=title,
        host=host or person("host"),
        state=Space.State.ENDED,
        started_at=began,
        ended_at=ended,
        end_cause=Space.EndCause.HOST,
        review_copy=True,
        **fields,
    )
    for since, until in recorded if recorded is not None else [(0, lasted)]:
        after = [began + timedelta(seconds=seconds) for seconds in (since, until)]
        RecordingPeriod.objects.create(space=made, began_at=after[0], ended_at=after[1])
    until, why = retention.copy_until(
        ended, holds=(), days=settings.RETENTION_DAYS, violation_days=settings.RETENTION_VIOLATION_DAYS
    )
    copy = Copy.objects.create(space=made, state=Copy.State.KEPT, expires_at=until, why=why)
    people: dict[str, Participant] = {}
    for name in dict.fromkeys(["host", *(talk.who for talk in talks)]):
        people[name] = _seated(made, name, (answers or {}).get(name, "yes"))
    for talk in talks:
        keep(copy, people[talk.who], talk)
        spoken = Participant.objects.get(pk=people[talk.who].pk).talk_ms + int((talk.end - talk.start) * 1000)
        Participant.objects.filter(pk=people[talk.who].pk).update(talk_ms=spoken)
    return made


def person(name: str) -> User:
    """By the name, found or made."""
    return User.objects.filter(handle=name).first() or cast.user(name)


def of(made: Space, name: str) -> Participant:
    """Somebody's stay; "host" is whoever hosts."""
    user = made.host if name == "host" else User.objects.get(handle=name)
    return Participant.objects.get(space=made, user=user)


def keep(copy: Copy, participant: Participant, talk: Talk) -> None:
    """That talk, in segments."""
    packets = voice(talk.who, talk.tone)
    left = round((talk.end - talk.start) * SAMPLE_RATE / FRAME_SAMPLES)
    at_us = round((copy.space.started_at.timestamp() + talk.start) * 1e6)
    while left > 0:
        some = list(islice(packets, min(left, SEGMENT_SECONDS * SAMPLE_RATE // FRAME_SAMPLES)))
        samples = len(some) * FRAME_SAMPLES
        name, content = places.segment(copy.space_id, participant.pk, at_us, samples), ogg(some)
        storages[places.STORAGE].save(name, ContentFile(content))
        Segment.objects.create(
            copy=copy, participant=participant, started_us=at_us, samples=samples, bytes=len(content), name=name
        )
        left, at_us = left - len(some), at_us + round(samples * 1e6 / SAMPLE_RATE)


def voice(name: str, tone: float | None = None) -> Iterator[bytes]:
    """Opus packets of 20 ms, without end; the same every time."""
    packets = _packets(name, tone)
    while True:
        yield from packets


def samples(name: str, tone: float | None = None) -> np.ndarray:
    """What that voice says before it repeats itself, in whole frames, in -1..1."""
    if tone is not None:
        at = np.arange(8 * SAMPLE_RATE) / SAMPLE_RATE
        return (0.2 * np.sin(2 * np.pi * tone * at)).astype(np.float32)
    spoken = sound.read_opus(SPEECH / f"{SPEAKS[name]}.opus") if name in SPEAKS else sound.babble(len(name), 8)
    return spoken[: len(spoken) // FRAME_SAMPLES * FRAME_SAMPLES]


@cache
def _packets(name: str, tone: float | None) -> list[bytes]:
    encoder = Encoder()
    return [encoder.encode(frame) for frame in samples(name, tone).reshape(-1, FRAME_SAMPLES)]


def pitch(heard: np.ndarray) -> float:
    """The loudest frequency in Hz."""
    spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
    return float(np.argmax(spectrum) * SAMPLE_RATE / len(heard))


def ogg(packets: Sequence[bytes]) -> bytes:
    """Those packets as a file: mono, without pre-skip, one page for each second (RFC 7845)."""
    head = b"OpusHead\x01\x01" + bytes(2) + SAMPLE_RATE.to_bytes(4, "little") + bytes(3)
    tags = b"OpusTags" + (5).to_bytes(4, "little") + b"tests" + bytes(4)
    pages = [_page([head], 0, 0, flags=2), _page([tags], 0, 1)]
    for first in range(0, len(packets), 50):
        some = packets[first : first + 50]
        last = 4 if first + 50 >= len(packets) else 0
        pages.append(_page(some, (first + len(some)) * FRAME_SAMPLES, len(pages), flags=last))
    return b"".join(pages)


def _page(packets: Sequence[bytes], granule: int, number: int, flags: int = 0) -> bytes:
    lacing = b"".join(bytes([255] * (len(each) // 255) + [len(each) % 255]) for each in packets)
    start = b"OggS\x00" + bytes([flags]) + granule.to_bytes(8, "little") + (7).to_bytes(4, "little")
    start += number.to_bytes(4, "little")
    rest = bytes([len(lacing)]) + lacing + b"".join(packets)
    # zlib's own first and last inversion are taken back.
    whole = (start + bytes(4) + rest).translate(_MIRRORED)
    check = zlib.crc32(whole, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return start + int(f"{check:032b}"[::-1], 2).to_bytes(4, "little") + rest


def _seated(made: Space, name: str, answer: str) -> Participant:
    user = made.host if name == "host" else person(name)
    role = Role.HOST if user == made.host else Role.COHOST if name == "cohost" else Role.SPEAKER
    stay = Participant.objects.create(
        space=made,
        user=user,
        role=role,
        joined_at=made.started_at,
        left_at=made.ended_at,
        spoke_at=made.started_at,
        recording_answer=answer if answer in ("yes", "no") else "no" if answer else "",
    )
    if answer:
        Consent.objects.create(
            space=made, participant=stay, answer=answer, at=made.started_at, policy=settings.CONSENT_POLICY
        )
    return stay
