"""What the host decides about a replay: its title, where it begins, who hears it, for how long, and that it goes."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from recordings import answering, retention, rules
from recordings.models import Replay
from recordings.services import purge, replays

# What the host decides: names of fields.
DECIDED = ("title", "starts_at_ms", "visibility", "clips_allowed", "for_good")


@transaction.atomic
def edit(*, replay: Replay, by, title: str, **decided) -> None:
    """`decided`: the other fields of DECIDED; what is left out stays."""
    replay = _locked(replay, by)
    decided["title"] = answering.cleaned_title(title, longest=settings.TITLE_MAX)
    for name in DECIDED:
        setattr(replay, name, decided.get(name, getattr(replay, name)))
    if replay.starts_at_ms:
        rules.may_start_at(at_ms=replay.starts_at_ms, duration_ms=replay.duration_ms)
    expires_at = None
    if not replay.for_good:
        expires_at = retention.replay_until(replay.space.ended_at, days=settings.RETENTION_DAYS)
        if replay.expires_at is None:
            rules.may_end_again(expires_at=expires_at, now=timezone.now())
    replay.expires_at = expires_at
    replay.save(update_fields=[*DECIDED, "expires_at"])


@transaction.atomic
def try_again(*, replay: Replay, by) -> None:
    replay = _locked(replay, by)
    rules.may_try_again(failed=replay.state == Replay.State.FAILED)
    replays.mix_anew(space_id=replay.space_id, at=timezone.now())


@transaction.atomic
def delete(*, replay: Replay, by) -> None:
    """For ever. Repeating it changes nothing."""
    space = replay.space
    rules.may_keep_replay(host=by.pk == space.host_id, deleted=False)
    purge.replay(replay=replay)


def _locked(replay: Replay, by) -> Replay:
    replay = Replay.objects.select_for_update(of=("self",)).select_related("space").get(pk=replay.pk)
    gone = replay.state == Replay.State.DELETED
    rules.may_keep_replay(host=by.pk == replay.space.host_id, deleted=gone)
    return replay
