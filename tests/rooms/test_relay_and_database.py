"""What a relay asks of the database, for days and outside of any request."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from rooms.management.commands import runrelay


def test_a_relay_remembers_no_more_queries_with_every_call(committed_room, settings):
    """Three seconds apart, with DEBUG on, they were 8 MB an hour."""
    settings.DEBUG = True
    held = {str(committed_room.space.pk): [str(committed_room.host.pk)]}

    def remembered() -> int:
        assert runrelay._load_states(held)
        return len(connection.queries_log)

    def remembered_after_telling() -> int:
        runrelay._tell_attendance([], [])
        return len(connection.queries_log)

    with ThreadPoolExecutor(1) as thread:
        once, *again = (thread.submit(remembered).result() for _ in range(3))
        told = thread.submit(remembered_after_telling).result()
    assert once > 0 and again == [once, once]
    assert told <= once
