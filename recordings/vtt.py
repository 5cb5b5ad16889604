"""WebVTT (W3C), as far as transcripts need it: read from whoever uploads it, written for players and podcasts.

Pure. What is read is somebody else's: bounded before it gets here, and nothing of it is more than words.
"""

import html
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

# hh:mm:ss.mmm, hours may be left out and have more digits than two (section 4.1).
_TIME = r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"\s*{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?", re.ASCII)
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]+)>")
_VOICE_SPAN = "<{} {}>{}"
_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"\s+")
_NOT_CUES = ("NOTE", "STYLE", "REGION")
HEAD = "WEBVTT"


class Line(NamedTuple):
    """Milliseconds; `voice` is the name in the tag, or empty."""

    start_ms: int
    end_ms: int
    voice: str
    text: str


class NotWebVtt(Exception):
    """The message is a sentence for whoever sent it."""


def read(text: str, *, most: int) -> list[Line]:
    """At most so many lines, in order of their moments. A cue in which several speak is a line for each. Raises
    NotWebVtt."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    first, _, body = text.partition("\n")
    if first != HEAD and not first.startswith((f"{HEAD} ", f"{HEAD}\t")):
        raise NotWebVtt("This is no WebVTT file: its first line must be WEBVTT.")
    found: list[Line] = []
    for block in re.split(r"\n{2,}", body):
        found += _lines(block.strip("\n").split("\n"))
        if len(found) > most:
            raise NotWebVtt(f"This file has more than {most:,} lines of words. Leave some out.")
    if not found:
        raise NotWebVtt("There are no words in this file. Choose one with cues such as 00:01.000 --> 00:04.000.")
    return sorted(found, key=lambda line: (line.start_ms, line.end_ms))


def blocks(lines: Iterable[Line]) -> Iterator[str]:
    """A file of them, piece by piece. Names and words are escaped."""
    yield f"{HEAD}\n"
    for line in lines:
        yield f"\n{_stamp(line.start_ms)} --> {_stamp(line.end_ms)}\n{_cue(line)}\n"


def readable(lines: Iterable[Line]) -> Iterator[str]:
    """To read: who speaks stands before what they say until somebody else does."""
    last = None
    for line in lines:
        if line.voice != last:
            minutes, seconds = divmod(line.start_ms // 1000, 60)
            between = "" if last is None else "\n"
            yield f"{between}{line.voice} ({minutes}:{seconds:02})\n"
            last = line.voice
        yield f"{line.text}\n"


def _lines(block: list[str]) -> Iterator[Line]:
    if block[0].split(" ", 1)[0] in _NOT_CUES:
        return
    # A cue may have a name on a line of its own.
    timing = next((number for number, line in enumerate(block[:2]) if "-->" in line), None)
    if timing is None or not (found := _TIMING.fullmatch(block[timing])):
        return
    start, end = _ms(*found.groups()[:4]), _ms(*found.groups()[4:])
    if end <= start:
        return
    for voice, words in _voices("\n".join(block[timing + 1 :])):
        if words:
            yield Line(start, end, voice, words)


def _voices(text: str) -> Iterator[tuple[str, str]]:
    """(voice, words) of one cue; what stands before the first voice is nobody's."""
    parts = _VOICE.split(text)
    yield "", _plain(parts[0])
    for voice, words in zip(parts[1::2], parts[2::2], strict=True):
        yield _plain(voice), _plain(words)


def _plain(text: str) -> str:
    return _SPACE.sub(" ", html.unescape(_TAG.sub("", text))).strip()


def _ms(hours: str | None, minutes: str, seconds: str, thousandths: str) -> int:
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(thousandths)


def _stamp(ms: int) -> str:
    seconds, thousandths = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


def _cue(line: Line) -> str:
    words = _escaped(line.text)
    return _VOICE_SPAN.format("v", _escaped(line.voice), words) if line.voice else words


def _escaped(text: str) -> str:
    """One line, without what WebVTT reads as markup or as the end of a cue."""
    return html.escape(_SPACE.sub(" ", text).strip(), quote=False)
