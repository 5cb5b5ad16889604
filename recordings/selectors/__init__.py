"""Every read of recordings. Tests assert the number of queries of each."""

from recordings.selectors.copies import IN_STORAGE, is_readable, readable_copies, readable_replays, standing_holds

__all__ = ["IN_STORAGE", "is_readable", "readable_copies", "readable_replays", "standing_holds"]
