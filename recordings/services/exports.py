"""Own data of a session: the host's zip of all of it, a speaker's own words. Asked for, made by Celery, deleted after
its time or with the copy it is made of, whichever comes first."""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services.making import Superseded, Workshop
from recordings import places, rules, selectors, session_archive
from recordings.models import Copy, Replay, SessionExport
from recordings.selectors.replays import heard_without_consent
from recordings.services import mounted
from recordings.services.locking import lock
from recordings.soon import soon
from rooms.models import Space
from rooms.selectors.recording import spans

Kind, State = SessionExport.Kind, SessionExport.State
# A maker is heard of with every few minutes of sound: whoever was not for so long is dead.
LEASE = timedelta(minutes=6)
# No round begins another after so long; each may take as long as the task may run.
ROUND_SECONDS = 60


@transaction.atomic
def ask(*, space: Space, kind: str, by: User) -> SessionExport:
    """One at a time: asking again while one is made answers with that."""
    found = Copy.objects.filter(space=space).first()
    copy, now = (lock(found.pk) if found else None), timezone.now()
    kept = copy is not None and selectors.is_readable(copy, now)
    rules.may_take_session(
        hosts=space.host_id == by.pk,
        spoke=selectors.spoke(space, by),
        kind=kind,
        ended=space.ended_at is not None,
        kept=kept,
        words=kind == Kind.HOST or selectors.own_cues(space, by).exists(),
    )
    mine = SessionExport.objects.filter(copy=copy, user=by, kind=kind)
    if export := mine.filter(state__in=selectors.UNDER_WAY).first():
        return export
    rules.may_take_another(asked=selectors.exports_asked(copy, by, now), most=settings.COPIES_PER_DAY)
    export = SessionExport.objects.create(copy=copy, user=by, kind=kind, asked_at=now)
    soon("make_exports")
    return export


def make_waiting() -> int:
    """How many are ready now."""
    waiting = selectors.exports_to_make(timezone.now(), LEASE).select_related("copy__space__host", "user")
    return WORKSHOP.make_each(waiting, seconds=ROUND_SECONDS)


def make(export: SessionExport) -> bool:
    """Whether it is ready now. Storage that is away leaves it for the next round."""
    return WORKSHOP.make(export)


def delete_expired(now: datetime) -> int:
    """How many are gone now. What storage would not delete is tried again by the next round."""
    if not (due := list(selectors.exports_to_delete(now))) or not mounted.is_there():
        return 0
    return sum(WORKSHOP.delete(export) for export in due)


def withdraw(*, space_id) -> None:
    """Somebody has taken themselves out of the recording: what the host has not yet downloaded of it goes, and what is
    being made is begun again. At once unreadable; what storage would not delete now goes with what is expired."""
    made = SessionExport.objects.filter(copy__space=space_id, kind=Kind.HOST)
    made.filter(state=State.MAKING).update(state=State.QUEUED, file="")
    made.filter(state=State.READY).update(expires_at=timezone.now())
    soon("make_exports")
    soon("delete_exports")


def delete_all(*, user: User) -> None:
    """Of an account that is erased. Raises what storage raises: it is not erased then."""
    mounted.must_be_there()
    WORKSHOP.delete_all(user.session_exports)


def _write(file, export: SessionExport, report) -> None:
    mounted.ready()

    def watched(done: int, parts: int) -> None:
        _kept_copy(export)
        report(done, parts)

    if export.kind == Kind.SPEAKER:
        session_archive.write_words(file, export, watched)
    else:
        # For `_until`.
        export.agreed, export.replay = spans(export.copy.space), _heard_replay(export.copy.space_id)
        session_archive.write_session(file, export, export.replay, watched)


def _until(export: SessionExport, now: datetime) -> datetime:
    """Never past what it is made of. Under the Space's lock, which every answer about being recorded takes. Raises
    Superseded where anything of it has gone meanwhile: it is made again after the lease."""
    dates = [now + timedelta(days=settings.COPY_KEPT_DAYS)]
    if export.kind == Kind.HOST:
        space, replay = Space.objects.select_for_update().get(pk=export.copy.space_id), export.replay
        if spans(space) != export.agreed:
            raise Superseded
        if replay is not None:
            replay = selectors.readable_replays(now).filter(pk=replay.pk, claim=replay.claim).first()
            if replay is None:
                raise Superseded
            dates.append(replay.expires_at)
    dates.append(_kept_copy(export).expires_at)
    return min(filter(None, dates))


def _kept_copy(export: SessionExport) -> Copy:
    """Raises Superseded where it is expired or being destroyed by now."""
    copy = Copy.objects.get(pk=export.copy_id)
    if not selectors.is_readable(copy, timezone.now()):
        raise Superseded
    return copy


def _heard_replay(space_id) -> Replay | None:
    """Not one with somebody who has taken themselves out since it was mixed: nobody may have been told of that."""
    if space_id in heard_without_consent():
        return None
    return selectors.readable_replays(timezone.now()).filter(space=space_id).first()


def _name(export: SessionExport) -> str:
    return places.export(export.copy.space_id, export.pk, secrets.token_hex(8))


WORKSHOP = Workshop(storage=places.STORAGE, name=_name, write=_write, until=_until)
