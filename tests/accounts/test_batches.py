"""A great many rows go little by little, so that nobody waits for all of them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Follow, Kind, Notification, User
from accounts.services import batches, closing, erasure, notifications
from tests.support import cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_at_a_time(monkeypatch) -> None:
    monkeypatch.setattr(batches, "BATCH", 2)


def deletions(captured: CaptureQueriesContext, model) -> int:
    return sum(query["sql"].startswith(f'DELETE FROM "{model._meta.db_table}"') for query in captured)


def followers(person: User) -> list[User]:
    people = [cast.user(f"follower{number}") for number in range(5)]
    Follow.objects.bulk_create(Follow(follower=each, followed=person) for each in people)
    return people


def test_old_news_is_forgotten_and_what_is_newer_stays(ana, bo):
    now = timezone.now()
    for age in (1, *[100] * 5):
        at = now - timedelta(days=age)
        Notification.objects.create(user=ana, actor=bo, kind=Kind.FOLLOW, subject=str(Notification.objects.count()))
        Notification.objects.filter(pk=Notification.objects.latest("pk").pk).update(created_at=at)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert notifications.forget(before=now - timedelta(days=90)) == 5
    assert Notification.objects.count() == 1 and deletions(captured, Notification) == 4


def test_an_account_with_many_followers_is_erased_and_those_of_others_stay(ana, bo):
    for each in followers(ana):
        Follow.objects.create(follower=each, followed=bo)
    closing.condemn(user=ana)
    with CaptureQueriesContext(connection) as captured:
        assert erasure.erase(user_id=ana.pk)
    assert set(Follow.objects.values_list("followed", flat=True)) == {bo.pk}
    assert Follow.objects.count() == 5 and deletions(captured, Follow) > 4


def test_whoever_writes_rests_as_long_as_it_took(monkeypatch):
    rested, left = [], [3, 2, 0]
    monkeypatch.setattr(batches.time, "sleep", rested.append)
    assert batches.little_by_little(lambda: left.pop(0)) == 5
    assert len(rested) == 2 and min(rested) > 0
