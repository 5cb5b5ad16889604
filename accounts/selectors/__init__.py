"""Every read of people. Tests assert the number of queries of each."""

from accounts.selectors.blocks import (
    Terms,
    blocked_between,
    blocked_by,
    blocked_people,
    blockers_of,
    muted_people,
    muters_of,
    mutes,
    not_blocked,
    not_muted,
    terms,
)
from accounts.selectors.graph import followed_among, followed_people, follower_count, following_count, follows
from accounts.selectors.notifications import news, unseen_count, ways
from accounts.selectors.people import person

__all__ = [
    "Terms",
    "blocked_between",
    "blocked_by",
    "blocked_people",
    "blockers_of",
    "followed_among",
    "followed_people",
    "follower_count",
    "following_count",
    "follows",
    "muted_people",
    "muters_of",
    "mutes",
    "news",
    "not_blocked",
    "not_muted",
    "person",
    "terms",
    "unseen_count",
    "ways",
]
