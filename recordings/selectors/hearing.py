"""Which replays somebody may hear at a moment. Every way to an episode and to what is said of it begins here; must
never write."""

from datetime import datetime

from django.db.models import Q, QuerySet

from recordings.models import Clip, Replay
from rooms.identity import Person
from rooms.models import Participant, Space

# Of replays: nobody is shown those of a suspended host, nor of one who has asked for the end of their account.
OPEN_HOST = Q(space__host__is_active=True, space__host__closing_at__isnull=True)
# What of a replay grows with its length, and its sound and most answers to it do without.
DRAWN = ("peaks", "chapters", "voices", "pieces")


def readable(now: datetime) -> Q:
    """Of replays: mixed, and not expired at that second."""
    return Q(state=Replay.State.READY) & (Q(for_good=True) | Q(expires_at__gt=now))


def in_public(now: datetime) -> Q:
    """Of replays: those that everybody may hear and be told of."""
    return readable(now) & OPEN_HOST & Q(visibility=Replay.Visibility.PUBLIC, space__is_private=False)


def heard_replay(space: Space, person: Person, now: datetime) -> Replay | None:
    """The replay of a Space that this person may know of, if it is theirs to hear: a private one is for the host and
    those who spoke. One query, two for a private one; each of `DRAWN` is read when it is asked for, with one more."""
    return _known(Replay.objects.defer(*DRAWN).filter(readable(now)), space, person)


def known_replay(space: Space, person: Person) -> Replay | None:
    """However it stands; None for whoever may not know of it. One query, two for a private one."""
    return _known(Replay.objects.all(), space, person)


def _known(replays: QuerySet[Replay], space: Space, person: Person) -> Replay | None:
    replay = replays.filter(OPEN_HOST, space=space).first()
    if replay is None:
        return None
    # With its host; a player asks for the sound again with each seek, and need not have them read twice.
    replay.space = space
    if replay.visibility == Replay.Visibility.PUBLIC:
        return replay
    return replay if person.user and took_part(space, person.user) else None


def took_part(space: Space, user) -> bool:
    """Whether a private replay is for them too. One query, none for the host."""
    spoke = Participant.objects.filter(space=space, user=user, spoke_at__isnull=False)
    return user.pk == space.host_id or spoke.exists()


def heard_clip(replay: Replay, pk) -> Clip | None:
    """One query, none while the host allows no clips. Nobody hears those of closed accounts."""
    made = Clip.objects.select_related("user").filter(replay=replay, pk=pk, user__is_active=True, user__closing_at=None)
    return made.first() if replay.clips_allowed else None
