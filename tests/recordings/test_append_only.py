"""Rows of staff accesses stay as they were written, whoever asks the database, and however."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from recordings.models import Copy, StaffAccess
from tests.support import cast, recorded

TABLE = StaffAccess._meta.db_table
REFUSED = "staff accesses are never changed or deleted"
AGAIN = f"INTO {TABLE} (id, copy_id, by_id, reason, at) SELECT id, copy_id, by_id, 'x', at FROM {TABLE} WHERE 1 = 1"
SQL = [f"UPDATE {TABLE} SET reason = 'Nothing'", f"UPDATE {TABLE} SET at = at", f"DELETE FROM {TABLE} WHERE 1 = 1"]
SQL += {
    "sqlite": [f"INSERT OR REPLACE {AGAIN}", f"REPLACE {AGAIN}"],
    "postgresql": [
        f"SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {TABLE} CASCADE",
        f"INSERT {AGAIN} ON CONFLICT (id) DO UPDATE SET reason = 'x'",
        f"SET LOCAL session_replication_role = replica; DELETE FROM {TABLE}",
    ],
}[connection.vendor]


@pytest.fixture
def access(db, storage) -> StaffAccess:
    space = recorded.space((recorded.Talk("host", 1, 2, tone=440),))
    keeper = cast.user("keeper", is_staff=True)
    facts = {"copy": Copy.objects.get(space=space), "by": keeper, "reason": "A report of abuse", "at": timezone.now()}
    return StaffAccess.objects.create(**facts)


@pytest.mark.parametrize("sql", SQL)
def test_the_database_refuses(access, sql):
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert StaffAccess.objects.get().reason == "A report of abuse"


def test_nor_does_it_let_the_models_do_it(access):
    access.reason = "Nothing"
    for act in (access.save, access.delete, StaffAccess.objects.all().delete, access.copy.space.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
    assert StaffAccess.objects.get().reason == "A report of abuse"


def test_another_is_always_added(access):
    StaffAccess.objects.create(copy=access.copy, by=access.by, reason="And one more", at=timezone.now())
    assert StaffAccess.objects.count() == 2
