"""Every read of people. Tests assert the number of queries of each."""

from accounts.selectors.graph import followed_among, followed_people, follower_count, following_count, follows
from accounts.selectors.people import person

__all__ = ["followed_among", "followed_people", "follower_count", "following_count", "follows", "person"]
