"""Tables whose rows nobody can delete, for tests that have to start with empty ones."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection
from django.test import TransactionTestCase

from recordings import append_only


@contextmanager
def emptied_between_tests() -> Iterator[None]:
    """Tests that commit clean up by emptying every table."""
    clean_up = TransactionTestCase._fixture_teardown

    def with_accesses(case: TransactionTestCase) -> None:
        if not apps.get_model("recordings.StaffAccess").objects.exists():
            clean_up(case)
            return
        with connection.schema_editor() as editor:
            append_only.lift(None, editor)
        clean_up(case)
        with connection.schema_editor() as editor:
            append_only.put(None, editor)

    TransactionTestCase._fixture_teardown = with_accesses
    yield
    TransactionTestCase._fixture_teardown = clean_up
