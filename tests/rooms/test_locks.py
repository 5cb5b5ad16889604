"""Two things at once, one made to wait for the other: on PostgreSQL, where a lock is a row and not the whole file."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone

from rooms.models import Notice, Participant, Space
from rooms.services import reminders, schedule, talk
from rooms.services.locking import lock
from tests.setup.installation import wait_for
from tests.support import cast
from tests.support.planned import plan

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite locks the whole database")


def waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return cursor.fetchone()[0] > 0


def while_it_waits(second: Callable[[], object], *, space: Space, then: Callable[[], object]) -> None:
    """Holds the Space's lock, has `second` run into it, does `then`, and lets go. Both must end well."""
    outcome: Future = Future()

    def run() -> None:
        try:
            outcome.set_result(second())
        except Exception as error:
            outcome.set_exception(error)
        finally:
            connection.close()

    with transaction.atomic():
        lock(space.pk)
        threading.Thread(target=run).start()
        wait_for(lambda: waiting() or outcome.done(), 10)
        assert waiting(), "it did not wait"
        then()
    outcome.result(10)


def test_a_host_who_goes_on_air_as_the_reminders_go_out_does_both(transactional_db):
    space = plan(cast.user("host"), at=timezone.now() + timedelta(minutes=1))
    while_it_waits(
        lambda: schedule.go_live(space=space, by=space.host),
        space=space,
        then=lambda: reminders.tell(space, Notice.Kind.START, [space.host_id]),
    )
    space.refresh_from_db()
    assert space.is_live and Notice.objects.filter(user=space.host).exists()


def test_talk_time_is_noted_after_whatever_else_happens_to_the_same_people(committed_room):
    room = committed_room
    times = {str(person.pk): 1000 for person in (room.host, room.speaker)}
    while_it_waits(
        lambda: talk.note(space_id=room.space.pk, times=times),
        space=room.space,
        then=lambda: Participant.objects.filter(space=room.space).update(away_since=None),
    )
    assert set(Participant.objects.filter(pk__in=times).values_list("talk_ms", flat=True)) == {1000}
