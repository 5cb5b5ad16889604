"""People hear when somebody they follow goes on air or takes the stage, in batches a worker can be killed between."""

import pytest

from accounts.models import Block, FanOut, Follow, Kind, Mute, Notification, Preference
from accounts.services import notifications
from rooms.models import Participant, Space
from rooms.services import invitations, schedule, spaces, stage
from tests.support import cast, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def fan():
    return cast.user("fan")


def follow(follower, followed) -> None:
    Follow.objects.create(follower=follower, followed=followed)


def host_with(*fans):
    host = cast.user("host")
    for fan in fans:
        follow(fan, host)
    return host


def start(host, **details):
    return spaces.start(title="Evening talk", by=host, **details)


def work_off() -> int:
    told = 0
    while (batch := notifications.tell_batch()) is not None:
        told += batch
    return told


def test_nobody_hears_of_a_private_space(fan):
    start(host_with(fan), is_private=True)
    assert work_off() == 0 and not FanOut.objects.exists()


def test_nobody_hears_of_a_space_that_became_private_before_their_turn(fan):
    space = start(host_with(fan))
    Space.objects.filter(pk=space.pk).update(is_private=True)
    assert work_off() == 0


def test_nobody_hears_of_a_space_that_is_over(fan):
    space = start(host_with(fan))
    spaces.end(space=space, by=Participant.objects.get(space=space))
    assert work_off() == 0
    assert FanOut.objects.get().finished_at is not None


def test_whoever_is_inside_hears_nothing_they_see(fan):
    space = start(host_with(fan))
    cast.enter(space, fan)
    assert work_off() == 0


def test_whoever_muted_or_blocks_the_host_hears_nothing():
    muter, blocker = cast.user("muter"), cast.user("blocker")
    host = host_with(muter, blocker)
    Mute.objects.create(muter=muter, muted=host)
    Block.objects.create(blocker=blocker, blocked=host)
    start(host)
    assert work_off() == 0


def test_whoever_switched_it_off_is_shown_nothing(fan):
    Preference.objects.create(user=fan, kind=Kind.LIVE, in_app=False, by_push=False, by_mail=False)
    start(host_with(fan))
    work_off()
    assert not Notification.objects.get().listed


def test_followers_hear_once_that_it_is_on_air(fan):
    space = start(host_with(fan))
    assert work_off() == 1
    FanOut.objects.update(finished_at=None, told_up_to=0)
    assert work_off() == 0
    row = Notification.objects.get()
    assert (row.user, row.kind, row.subject) == (fan, Kind.LIVE, f"space:{space.pk}")


def test_followers_hear_when_what_was_planned_goes_on_air(fan):
    host = host_with(fan)
    planned_space = planned.plan(host)
    assert work_off() == 0
    schedule.go_live(space=planned_space, by=host)
    assert work_off() == 1


def test_followers_of_a_speaker_hear_who_takes_the_stage_and_once_however_often(fan):
    room = cast.live_space()
    follow(fan, room.listener.user)
    work_off()
    listener = cast.seat(room.listener, by=room.host)
    assert work_off() == 1
    stage.free_seat(participant=listener, by=listener)
    cast.seat(room.now("listener"), by=room.host)
    assert work_off() == 0
    assert Notification.objects.get(user=fan).kind == Kind.STAGE


def test_followers_of_a_cohost_hear_it_too(fan):
    room = cast.live_space()
    follow(fan, room.listener.user)
    asked = invitations.invite(space=room.space, user=room.listener.user, kind="cohost", by=room.host.user)
    invitations.accept(invitation=asked, by=room.listener.user)
    work_off()
    assert Notification.objects.filter(user=fan, kind=Kind.STAGE).count() == 1


def test_a_batch_goes_on_where_the_one_before_ended(monkeypatch):
    monkeypatch.setattr(notifications, "BATCH", 2)
    start(host_with(*[cast.user(f"fan{number}") for number in range(5)]))
    told = [notifications.tell_batch() for _ in range(5)]
    assert told == [2, 2, 1, 0, None]
    assert FanOut.objects.get().told == Notification.objects.count() == 5


def test_whoever_told_the_fewest_comes_next(monkeypatch):
    """Few followers do not wait for many."""
    monkeypatch.setattr(notifications, "BATCH", 2)
    start(host_with(*[cast.user(f"fan{number}") for number in range(5)]))
    notifications.tell_batch()
    other = cast.user("other")
    follow(cast.user("late"), other)
    start(other)
    notifications.tell_batch()
    assert FanOut.objects.get(actor=other).told == 1


def test_as_many_queries_for_a_full_batch_as_for_two(django_assert_num_queries):
    for name, fans in (("few", 2), ("many", 60)):
        host = cast.user(name)
        for number in range(fans):
            follow(cast.user(f"{name}{number}"), host)
        start(host)
        # The work, followers, the Space, who is inside, who hears, who was told, browsers, wishes, rows, the work; and
        # the savepoint around them.
        with django_assert_num_queries(12):
            assert notifications.tell_batch() == fans
        work_off()
