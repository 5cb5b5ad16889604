"""What a mixing changes of a replay, and what pointed into the one before. Used by the service of replays."""

from django.db.models import F
from django.db.models.functions import Greatest

from recordings.models import Replay
from rooms.models import Participant


def facts(replay: Replay, result: dict) -> dict:
    """The columns that say what came of it, but for its files."""
    names = {str(person.pk): person.name for person in Participant.objects.filter(space=replay.space_id)}
    chapters = [each | {"title": names.get(each["participant"], "")} for each in result["chapters"]]
    found = {name: result[name] for name in ("duration_ms", "loudness", "peaks", "voices")}
    if "periods_ms" in result:
        found["pieces"] = [[at, unix_ms * 1000, length] for at, unix_ms, length in result["periods_ms"]]
    return found | {"chapters": chapters}


def move_what_points_into(replay: Replay, facts: dict) -> None:
    """Moments stay where they were in the Space when the silence before it is of another length. Adds to `facts`; in
    the transaction that makes them true."""
    before, now = replay.pieces, facts.get("pieces", [])
    later = _origin(before) - _origin(now) if before and now else 0
    last = facts.get("duration_ms", replay.duration_ms)
    facts["starts_at_ms"] = min(max(0, replay.starts_at_ms + later), last) if replay.starts_at_ms else 0
    if later:
        moved = F("at_ms") + later
        replay.comments.filter(at_ms__lt=-later).update(at_ms=-later)
        replay.comments.update(at_ms=moved)
        replay.clips.filter(start_ms__lt=-later).delete()
        replay.clips.update(start_ms=F("start_ms") + later)
    replay.comments.filter(at_ms__gt=last).update(at_ms=last)
    replay.clips.filter(start_ms__gt=Greatest(0, last - F("length_ms"))).delete()


def _origin(pieces: list) -> int:
    """When the replay begins: Unix time, ms."""
    at, unix_us, _ = pieces[0]
    return round(unix_us / 1000) - at
