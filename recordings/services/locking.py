"""One lock per copy: the row on PostgreSQL, the whole database on SQLite. The Space's own lock is taken before it."""

from recordings.models import Copy


def lock(copy_id) -> Copy:
    """The copy with its Space, locked until the transaction ends."""
    return Copy.objects.select_for_update(of=("self",), no_key=True).select_related("space").get(pk=copy_id)
