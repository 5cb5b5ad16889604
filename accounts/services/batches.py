"""A great many rows, written so that nobody else has to wait for all of them. Called by services that workers run."""

import time
from collections.abc import Callable

from django.db.models import QuerySet

# Rows of one transaction.
BATCH = 2_000


def little_by_little(write: Callable[[], int]) -> int:
    """Calls `write`, a transaction that returns how many rows it wrote, until there are none; how many that were.

    Rests as long as it works: SQLite has one writer at a time, and keeps no place for whoever waits.
    """
    total = 0
    while True:
        began = time.monotonic()
        if not (rows := write()):
            return total
        total += rows
        time.sleep(time.monotonic() - began)


def delete_some(rows: QuerySet) -> int:
    """Of these rows; how many went."""
    return rows.model.objects.filter(pk__in=rows.values("pk")[:BATCH]).delete()[0]
