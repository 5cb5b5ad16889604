"""What people say of a replay: likes, comments, clips. Called by views and template tags; must never write.

Nobody reads of people with whom a block stands, nor of closed accounts; likes are counted for all and name only people
one follows, which is what those who approve followers by hand have agreed to.
"""

import re
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from accounts.models import Follow, User
from accounts.selectors import not_blocked
from recordings.models import Clip, Comment, Like, Replay

FRIENDS_SHOWN = 3
COMMENTS_SHOWN = 100
MARKS_SHOWN = 1000
CLIPS_SHOWN = 20


class Likes(NamedTuple):
    """`friends` are people whom the reader follows, the latest first, `more_friends` how many there are beyond."""

    count: int
    mine: bool
    friends: list[User]
    more_friends: int


class Comments(NamedTuple):
    """`rows` in the order of their moments; `after` is what the next page is asked for with."""

    count: int
    rows: list[Comment]
    after: str


def likes(replay: Replay, reader) -> Likes:
    """Two queries, one for visitors."""
    met = Like.objects.filter(_met("user"), replay=replay)
    if not reader.is_authenticated:
        return Likes(met.count(), False, [], 0)
    followed = Q(user__in=Follow.objects.filter(follower=reader).values("followed")) & not_blocked(reader, of="user")
    facts = met.aggregate(
        all=Count("pk"), mine=Count("pk", filter=Q(user=reader)), friends=Count("pk", filter=followed)
    )
    friends = met.filter(followed).select_related("user").order_by("-at", "-pk")[:FRIENDS_SHOWN]
    found = [like.user for like in friends] if facts["friends"] else []
    return Likes(facts["all"], facts["mine"] > 0, found, facts["friends"] - len(found))


def comments(replay: Replay, reader, *, after: str = "") -> Comments:
    """A page of them. Two queries."""
    met = _comments(replay, reader)
    rows = met.select_related("user").order_by("at_ms", "written_at", "pk")
    if re.fullmatch("[0-9]{1,10}", after):
        rows = rows.filter(at_ms__gt=int(after))
    found = list(rows[: COMMENTS_SHOWN + 1])
    if len(found) <= COMMENTS_SHOWN:
        return Comments(met.count(), found, "")
    return Comments(met.count(), *_whole_moments(found))


def marks(replay: Replay, reader) -> list[int]:
    """The moments that somebody said something at, milliseconds. One query."""
    moments = _comments(replay, reader).order_by("at_ms").values_list("at_ms", flat=True).distinct()
    return list(moments[:MARKS_SHOWN])


def comment(replay: Replay, pk) -> Comment | None:
    """One query."""
    return Comment.objects.select_related("replay__space").filter(replay=replay, pk=pk).first()


def clip(replay: Replay, pk) -> Clip | None:
    """Also while the host allows none. One query."""
    return Clip.objects.select_related("replay__space").filter(replay=replay, pk=pk).first()


def clips(replay: Replay, reader) -> list[Clip]:
    """The latest. One query, none while the host allows none."""
    if not replay.clips_allowed:
        return []
    met = Clip.objects.filter(_met("user"), not_blocked(reader, of="user"), replay=replay)
    return list(met.select_related("user").order_by("-made_at", "-pk")[:CLIPS_SHOWN])


def _comments(replay: Replay, reader) -> QuerySet[Comment]:
    return Comment.objects.filter(_met("user"), not_blocked(reader, of="user"), replay=replay)


def _whole_moments(found: list[Comment]) -> tuple[list[Comment], str]:
    """What was said at one moment is not torn in two; `found` holds one more than a page."""
    cut = found[-1].at_ms
    kept = [one for one in found if one.at_ms < cut]
    # Hundreds at one moment are a page of their own, and the rest of them are left out.
    kept = kept or found[:-1]
    return kept, str(kept[-1].at_ms)


def _met(of: str) -> Q:
    return Q(**{f"{of}__is_active": True, f"{of}__closing_at": None})
