"""Whose words a line of somebody else's transcript is: by the name it gives, else by who talks then. Pure.

Times are milliseconds of the replay.
"""

from collections.abc import Iterable, Sequence

from accounts.validators import clean_line
from recordings.vtt import Line

# A line without a name may begin so long before or end after its speaker is heard.
NEAR_MS = 2000
# Voices are found by stretches of time, and of a longer line by its beginning.
BUCKET_MS, LONGEST_MS = 10_000, 60_000


class Speakers:
    """`people` are participants in the recording, `voices` who talks when, by their ids."""

    def __init__(self, people: Iterable, voices: Sequence[Sequence]) -> None:
        by_id = {str(person.pk): person for person in people}
        self._heard: dict[int, list] = {}
        for who, since, until in voices:
            for bucket in range((since - NEAR_MS) // BUCKET_MS, (until + NEAR_MS) // BUCKET_MS + 1):
                if who in by_id:
                    self._heard.setdefault(bucket, []).append((by_id[who], since, until))
        self._named: dict[str, list] = {}
        for person in by_id.values():
            for name in {_folded(name) for name in (person.name, person.user.handle, f"@{person.user.handle}")}:
                self._named.setdefault(name, []).append(person)

    def of(self, line: Line):
        """The participant; None where the name is nobody's in the recording, or of two."""
        if line.voice:
            found = self._named.get(_folded(line.voice), ())
            return found[0] if len(found) == 1 else None
        lasts = range(line.start_ms // BUCKET_MS, min(line.end_ms, line.start_ms + LONGEST_MS) // BUCKET_MS + 1)
        near = {each for bucket in lasts for each in self._heard.get(bucket, ())}
        heard = [(_overlap(line, since, until), who) for who, since, until in near]
        most, who = max(heard, key=lambda each: each[0], default=(-NEAR_MS, None))
        return who if most > -NEAR_MS else None


def _overlap(line: Line, since: int, until: int) -> int:
    """How long both last; of what does not meet, minus what lies between."""
    return min(line.end_ms, until) - max(line.start_ms, since)


def _folded(name: str) -> str:
    return clean_line(name).casefold()
