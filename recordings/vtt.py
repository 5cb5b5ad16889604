"""WebVTT (W3C), as far as transcripts need it: read from whoever uploads it, written for players and podcasts.

Pure. What is read is somebody else's: bounded before it gets here, and nothing of it is more than words.
"""

import html
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from recordings.refusals import refuse_if

# hh:mm:ss.mmm, hours may be left out and have more digits than two (section 4.1).
_TIME = r"(?:(\d{2,4}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMING = re.compile(rf"\s*{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?", re.ASCII)
_VOICE = re.compile(r"v(?:\.\S*)?[ \t]+")
_VOICE_SPAN = "<{} {}>{}"
_SPACE = re.compile(r"\s+")
_NOT_CUES = ("NOTE", "STYLE", "REGION")
HEAD = "WEBVTT"


class Line(NamedTuple):
    """Milliseconds; `voice` is the name in the tag, or empty."""

    start_ms: int
    end_ms: int
    voice: str
    text: str


def read(text: str, *, most: int) -> list[Line]:
    """At most so many lines, in order of their moments. A cue in which several speak is a line for each. Raises
    Refused."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    first, _, body = text.partition("\n")
    refuse_if(first != HEAD and not first.startswith((f"{HEAD} ", f"{HEAD}\t")), "vtt_none")
    found: list[Line] = []
    for block in re.split(r"\n{2,}", body):
        found += _lines(block.strip("\n").split("\n"))
        refuse_if(len(found) > most, "vtt_too_long", most=most)
    refuse_if(not found, "vtt_empty")
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
    """(voice, words) of one cue; what stands before the first voice is nobody's. Looks at everything once."""
    first, *rest = text.split("<")
    voice, words = "", [first]
    for part in rest:
        tag, is_tag, after = part.partition(">")
        if not is_tag:
            words.append(f"<{part}")
        elif found := _VOICE.match(tag):
            yield voice, _plain("".join(words))
            voice, words = _plain(tag[found.end() :]), [after]
        else:
            words.append(after)
    yield voice, _plain("".join(words))


def _plain(text: str) -> str:
    return _SPACE.sub(" ", html.unescape(text)).strip()


def _ms(hours: str | None, minutes: str, seconds: str, thousandths: str) -> int:
    return ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(thousandths)


def _stamp(ms: int) -> str:
    seconds, thousandths = divmod(ms, 1000)
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{thousandths:03}"


def _cue(line: Line) -> str:
    words, voice = _escaped(line.text), _escaped(line.voice)
    if not voice:
        return words
    # A name that ends in dashes would be an arrow with what closes the tag.
    voice = f"{voice[:-1]}&#45;" if voice.endswith("-") else voice
    return _VOICE_SPAN.format("v", voice, words)


def _escaped(text: str) -> str:
    """One line, without what WebVTT reads as markup or as the end of a cue."""
    return html.escape(_SPACE.sub(" ", text).strip(), quote=False)
