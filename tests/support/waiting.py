"""Two things at once, one made to wait for the other: on PostgreSQL, where a lock is a row and not the whole file."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from django.db import connection, transaction

from tests.setup.installation import wait_for

one_lock_per_row = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks the whole database")


def while_it_waits(second: Callable[[], object], *, holding: Callable[[], object], then=lambda: None) -> object:
    """Does `holding`, has `second` run into the locks of that, does `then`, and lets go. Returns what `second` does, or
    raises what it raises."""
    outcome: Future = Future()

    def run() -> None:
        try:
            outcome.set_result(second())
        except Exception as error:
            outcome.set_exception(error)
        finally:
            connection.close()

    with transaction.atomic():
        holding()
        threading.Thread(target=run).start()
        wait_for(lambda: _waiting() or outcome.done(), 10)
        assert not outcome.done(), f"it did not wait: {outcome}"
        then()
    return outcome.result(10)


def _waiting() -> bool:
    with connection.cursor() as cursor:
        # Otherwise one transaction sees what it saw first.
        cursor.execute("SELECT pg_stat_clear_snapshot()")
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0] > 0
