"""Two things at once in one Space, one made to wait for the other."""

from datetime import timedelta

from django.utils import timezone

from rooms.models import Notice, Participant
from rooms.services import reminders, schedule, talk
from rooms.services.locking import lock
from tests.support import cast
from tests.support.planned import plan
from tests.support.waiting import one_lock_per_row, while_it_waits

pytestmark = one_lock_per_row


def test_a_host_who_goes_on_air_as_the_reminders_go_out_does_both(transactional_db):
    space = plan(cast.user("host"), at=timezone.now() + timedelta(minutes=1))
    while_it_waits(
        lambda: schedule.go_live(space=space, by=space.host),
        holding=lambda: lock(space.pk),
        then=lambda: reminders.tell(space, Notice.Kind.START, [space.host_id]),
    )
    space.refresh_from_db()
    assert space.is_live and Notice.objects.filter(user=space.host).exists()


def test_talk_time_is_noted_after_whatever_else_happens_to_the_same_people(committed_room):
    room = committed_room
    times = {str(person.pk): 1000 for person in (room.host, room.speaker)}
    while_it_waits(
        lambda: talk.note(space_id=room.space.pk, times=times),
        holding=lambda: lock(room.space.pk),
        then=lambda: Participant.objects.filter(space=room.space).update(away_since=None),
    )
    assert set(Participant.objects.filter(pk__in=times).values_list("talk_ms", flat=True)) == {1000}
