"""Replays: wanted when a recorded Space has ended, mixed by Celery, mixed anew when what they are made of changes.

`claim` of a row is its mixing, which names the files it stores. Whoever lost the claim writes nothing more; files of
other mixings are tidied away. A replay that waits to be mixed cannot be heard, whatever files it had.
"""

import logging
import secrets
import shutil
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.core.files import File
from django.core.files.storage import storages
from django.db import transaction
from django.utils import timezone

from recordings import mixing, places, retention, selectors, storing
from recordings.models import Replay
from recordings.selectors.replays import (
    heard_without_consent,
    lately_made,
    mixings,
    replays_to_make,
    without_replay,
)
from recordings.services import mounted, remade
from recordings.soon import soon
from rooms.models import Participant, Space
from rooms.selectors import recording

log = logging.getLogger(__name__)

State = Replay.State
# Relays hand over their last segments within seconds.
SETTLE = timedelta(seconds=15)
# Longer than a mixing says nothing: whoever claimed it is dead then.
LEASE = timedelta(minutes=2)
ATTEMPTS = 3
# Makers that were killed count as well, and more of them are borne: each deployment may kill one.
CLAIMS = 10
AGAIN_AFTER = timedelta(minutes=1)
ROUND_SECONDS = 60
# Tidied again for so long, should whoever was to do it have been killed.
TIDIED_FOR = timedelta(hours=1)
NOTHING_TO_HEAR = {"state": State.EMPTY, "m4a": "", "opus": "", "peaks": [], "voices": [], "chapters": []}


class Superseded(Exception):
    """Somebody else mixes this now, or it is to be mixed anew, or not at all."""


@transaction.atomic
def begin(*, space_id) -> None:
    """The Space has ended. None comes of one that was never recorded, nor of one whose time is over."""
    space = Space.objects.select_for_update().get(pk=space_id)
    until = retention.replay_until(space.ended_at, days=settings.RETENTION_DAYS)
    if until <= timezone.now() or not space.recording_periods.exists():
        return
    facts = {"title": space.title, "wanted_at": space.ended_at + SETTLE, "expires_at": until}
    Replay.objects.get_or_create(space=space, defaults=facts)


@transaction.atomic
def mix_anew(*, space_id, at: datetime) -> None:
    """What it is made of has changed: unreadable with this commit, until it is mixed from what there is then."""
    replay = Replay.objects.select_for_update().filter(space=space_id).exclude(state=State.DELETED).first()
    if replay is None:
        return
    replay.state, replay.claim, replay.wanted_at = State.WAITING, "", at
    replay.attempts = replay.progress = 0
    replay.error = ""
    replay.save(update_fields=["state", "claim", "wanted_at", "attempts", "progress", "error"])
    soon("make_replays")


def note_late(*, space_id, participant_id) -> None:
    """A segment was kept after the end, such as one that a killed relay left."""
    if not Replay.objects.filter(space=space_id).exclude(state=State.DELETED).exists():
        return
    if Participant.objects.filter(pk=participant_id, recording_answer="yes").exists():
        mix_anew(space_id=space_id, at=timezone.now() + SETTLE)


def catch_up() -> None:
    """What happened while the process that was to tell of it was killed."""
    for space_id in without_replay(timezone.now() - timedelta(days=settings.RETENTION_DAYS)):
        begin(space_id=space_id)
    for space_id in heard_without_consent():
        mix_anew(space_id=space_id, at=timezone.now())


def make_waiting(alive: Callable[[], None] = lambda: None) -> int:
    """How many are done. `alive` is called while it works."""
    catch_up()
    over, made = time.monotonic() + ROUND_SECONDS, 0
    for replay in replays_to_make(timezone.now(), LEASE):
        made += make(replay, alive)
        if time.monotonic() > over:
            break
    return made


def make(replay: Replay, alive: Callable[[], None] = lambda: None) -> bool:
    """Whether it is done now. What fails is tried again, so many times; without its storage none is begun."""
    if not mounted.is_there() or not _claim(replay):
        return False
    mixing.sweep(mixings)
    work = mixing.folder(replay.claim)
    work.mkdir(parents=True, mode=0o700)
    try:
        _mix(replay, work, alive)
        return True
    except Superseded:
        log.info("%s is mixed by somebody else, or not any more", replay.pk)
    except Exception as error:
        log.exception("replay %s could not be mixed", replay.pk)
        _give_back(replay, error)
    finally:
        shutil.rmtree(work, ignore_errors=True)
        tidy(replay.pk)
    return False


def tidy(pk) -> None:
    """Deletes files of mixings that do not count: of a deleted replay none does. Under the row's lock, so that no other
    begins meanwhile."""
    with transaction.atomic():
        replay = Replay.objects.select_for_update().get(pk=pk)
        if replay.state == State.MIXING:
            return
        storage, where = storages[places.STORAGE], places.replay_folder(replay.space_id)
        try:
            found = storing.listed(where)[1]
        except OSError as error:
            log.warning("files of replay %s could not be listed: %r", pk, error)
            return
        for name in {f"{where}/{each}" for each in found} - {replay.m4a, replay.opus}:
            storage.delete(name)


def tidy_recent() -> int:
    """Replays made lately; how many there were. And of mixings that are no more, what this machine still has."""
    mixing.sweep(mixings)
    made = lately_made(timezone.now() - TIDIED_FOR)
    for pk in made:
        tidy(pk)
    return len(made)


def _mix(replay: Replay, work, alive: Callable[[], None]) -> None:
    spans, periods = recording.spans(replay.space), recording.periods(replay.space)
    note = partial(_working, replay, alive)
    if _has_sources(replay):
        job = mixing.of_segments(replay, work, note, spans=spans, periods=periods)
    elif replay.m4a:
        silenced = {who for who, _, _ in replay.voices} - {str(pk) for pk in spans}
        job = mixing.of_itself(replay, work, silenced=silenced)
    else:
        job = None
    result = mixing.run(job, work, note) if job else {"nothing": "no sources"}
    _check_whole(replay, job, result)
    if "nothing" in result or ("redact" in job and not result["voices"]):
        return _finish(replay, spans, NOTHING_TO_HEAR)
    facts = remade.facts(replay, result)
    for kind in mixing.KINDS:
        note(100)
        name = places.replay(replay.space_id, replay.claim, kind)
        with open(job["out"][kind], "rb") as file:
            storages[places.STORAGE].save(name, File(file))
        facts |= {kind: name, f"{kind}_bytes": result["sizes"][kind]}
    _finish(replay, spans, facts | {"state": State.READY})


def _has_sources(replay: Replay) -> bool:
    readable = selectors.readable_copies(timezone.now()).filter(space=replay.space_id)
    return readable.filter(segments__isnull=False).exists()


def _check_whole(replay: Replay, job: dict | None, result: dict) -> None:
    """Raises MixingFailed where sources were not there, or were destroyed meanwhile: that is no silence. Only of the
    last attempt holes are better than no replay, if there was none before."""
    nothing, missing = "nothing" in result, result.get("segments", {}).get("missing", 0)
    if missing and (nothing or replay.m4a or replay.attempts < ATTEMPTS):
        raise mixing.MixingFailed(f"{missing} segments were not there")
    if nothing and job and not _has_sources(replay):
        raise mixing.MixingFailed("what it is made of was destroyed meanwhile")


def _claim(replay: Replay) -> bool:
    """Compare-and-set: of all who found it waiting, one. Whatever kills all its makers is not mixed for ever."""
    now, claim = timezone.now(), secrets.token_hex(16)
    same = Replay.objects.filter(pk=replay.pk, state=replay.state, claim=replay.claim, claimed_at=replay.claimed_at)
    if replay.attempts >= CLAIMS:
        log.error("replay %s was begun %d times, and nobody came to an end", replay.pk, replay.attempts)
        same.update(state=State.FAILED, claim="", error=f"Begun {replay.attempts} times, and nobody came to an end.")
        return False
    facts = {"claim": claim, "claimed_at": now, "progress": 0, "attempts": replay.attempts + 1}
    claimed = same.update(state=State.MIXING, **facts) == 1
    replay.state, replay.claim, replay.attempts = State.MIXING, claim, facts["attempts"]
    return claimed


def _mine(replay: Replay):
    return Replay.objects.filter(pk=replay.pk, state=State.MIXING, claim=replay.claim)


def _working(replay: Replay, alive: Callable[[], None], percent: int) -> None:
    """Renews the lease. Raises Superseded."""
    if not _mine(replay).update(progress=percent, claimed_at=timezone.now()):
        raise Superseded
    alive()


@transaction.atomic
def _finish(replay: Replay, spans: dict, facts: dict) -> None:
    """Under the Space's lock, which every answer about being recorded takes: it stands for what was mixed, or this is
    mixed again."""
    space = Space.objects.select_for_update().get(pk=replay.space_id)
    # Its host may have cut it, and people have pointed into it, since it was claimed.
    replay = _mine(replay).select_for_update().first()
    if replay is None:
        raise Superseded
    if recording.spans(space) != spans:
        facts = {"state": State.WAITING, "claim": "", "wanted_at": timezone.now(), "attempts": 0}
    else:
        facts = facts | {"ready_at": timezone.now(), "progress": 100, "attempts": 0, "error": ""}
        remade.move_what_points_into(replay, facts)
    _mine(replay).update(**facts)


def _give_back(replay: Replay, error: Exception) -> None:
    again = replay.attempts < ATTEMPTS
    facts = {"state": State.WAITING if again else State.FAILED, "claim": "", "error": repr(error)[:200]}
    _mine(replay).update(**facts, wanted_at=timezone.now() + AGAIN_AFTER * replay.attempts)
