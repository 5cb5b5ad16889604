"""Every read of recordings. Tests assert the number of queries of each."""

from recordings.selectors.copies import IN_STORAGE, is_readable, readable_copies, readable_replays, standing_holds
from recordings.selectors.fate import Fate, fate
from recordings.selectors.purging import (
    Due,
    claimed_copies,
    deleted_replays,
    due,
    expired_copies,
    expired_replays,
    named_files,
    overdue,
)

__all__ = [
    "IN_STORAGE",
    "Due",
    "Fate",
    "claimed_copies",
    "deleted_replays",
    "due",
    "expired_copies",
    "expired_replays",
    "fate",
    "is_readable",
    "named_files",
    "overdue",
    "readable_copies",
    "readable_replays",
    "standing_holds",
]
