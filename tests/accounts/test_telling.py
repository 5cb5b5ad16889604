"""Telling people of what others did: who is not told, once each, and the ways they like."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Block, Kind, Mute, Notification, Preference, PushSubscription, User
from accounts.services import notifications
from tests.support.cast import user

pytestmark = pytest.mark.django_db


def tell(*users, actor, kind=Kind.FOLLOW, **more):
    return notifications.tell(kind=kind, users=[person.pk for person in users], actor=actor.pk, **more)


def with_browser(person) -> None:
    PushSubscription.objects.create(user=person, endpoint_hash=person.handle, endpoint="https://push.example/1")


def test_nobody_is_told_of_themselves(bo):
    assert tell(bo, actor=bo) == ()


def test_whoever_muted_somebody_is_told_nothing_of_them(ana, bo):
    Mute.objects.create(muter=ana, muted=bo)
    assert tell(ana, actor=bo) == ()


@pytest.mark.parametrize("way", ["blocks", "is blocked"])
def test_a_block_keeps_news_from_both(ana, bo, way):
    blocker, blocked = (ana, bo) if way == "blocks" else (bo, ana)
    Block.objects.create(blocker=blocker, blocked=blocked)
    assert tell(ana, actor=bo) == ()


@pytest.mark.parametrize("change", [{"is_active": False}, {"closing_at": timezone.now() + timedelta(days=3)}])
def test_a_closed_account_is_told_nothing(ana, bo, change):
    User.objects.filter(pk=ana.pk).update(**change)
    assert tell(ana, actor=bo) == ()


def test_the_same_again_writes_and_tells_nothing(ana, bo, django_capture_on_commit_callbacks):
    assert tell(ana, actor=bo) == (ana.pk,)
    with django_capture_on_commit_callbacks() as published:
        assert tell(ana, actor=bo) == ()
    assert published == []
    assert Notification.objects.count() == 1


def test_a_kind_that_is_switched_off_is_kept_and_not_shown(ana, bo, django_capture_on_commit_callbacks):
    Preference.objects.create(user=ana, kind=Kind.FOLLOW, in_app=False, by_push=False, by_mail=False)
    with django_capture_on_commit_callbacks() as published:
        tell(ana, actor=bo)
    row = Notification.objects.get()
    assert published == []
    assert not row.listed and row.pushed_at and row.mailed_at


def test_what_is_shown_elsewhere_is_pushed_and_mailed_all_the_same(ana, bo):
    with_browser(ana)
    tell(ana, actor=bo, kind=Kind.MESSAGE, subject="message:1", listed=False)
    row = Notification.objects.get()
    assert not row.listed and row.pushed_at is None and row.mailed_at is None


def test_nothing_waits_to_be_pushed_to_somebody_without_a_browser_for_it(ana, bo):
    tell(ana, actor=bo, kind=Kind.LIVE, subject="space:1")
    assert Notification.objects.get().pushed_at is not None


def test_the_second_on_a_stage_is_shown_and_rings_no_second_time(ana, bo):
    with_browser(ana)
    tell(ana, actor=bo, kind=Kind.STAGE, subject="space:1")
    tell(ana, actor=user("cy"), kind=Kind.STAGE, subject="space:1")
    first, second = Notification.objects.order_by("pk")
    assert first.pushed_at is None and second.pushed_at is not None and second.listed


def test_as_many_queries_for_a_hundred_people_as_for_two(bo, django_assert_num_queries):
    people = [user(f"listener{number}") for number in range(100)]
    # Who hears, who was told, who has a browser, what they want, the rows; and the savepoint around them.
    for some in (people[:2], people):
        with django_assert_num_queries(7):
            tell(*some, actor=bo, subject=f"{len(some)}")
