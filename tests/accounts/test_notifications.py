"""The page of notifications: what is told as one thing, what is left out, and what counts as seen."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import selectors
from accounts.models import Block, Kind, Mute, Notification, Preference
from accounts.services import notifications
from accounts.telling import DEFAULTS
from rooms.services import spaces
from tests.support.cast import user

pytestmark = pytest.mark.django_db


@pytest.fixture
def window(ana) -> Client:
    client = Client(headers={"HX-Request": "true"})
    client.force_login(ana)
    return client


def told(ana, *actors, kind=Kind.FOLLOW, subject=""):
    for actor in actors:
        notifications.tell(kind=kind, users=[ana.pk], actor=actor.pk, subject=subject)


def test_a_visitor_is_led_to_sign_in():
    assert Client().get(reverse("notifications")).status_code == 302
    assert Client().put(reverse("notifications_seen", args=[1])).status_code == 403


@pytest.mark.parametrize("way", [Block, Mute])
def test_whoever_was_shut_out_since_is_not_shown(ana, bo, way):
    told(ana, bo)
    keys = {"blocker": ana, "blocked": bo} if way is Block else {"muter": ana, "muted": bo}
    way.objects.create(**keys)
    assert selectors.news(ana) == [] and selectors.unseen(ana) == []


@pytest.mark.parametrize("blocker", ["reader", "host"])
def test_nothing_is_shown_of_a_space_whose_host_and_reader_are_blocked_with_each_other(ana, bo, blocker):
    host = user("host")
    space = spaces.start(title="Evening talk", by=host)
    told(ana, bo, kind=Kind.STAGE, subject=f"space:{space.pk}")
    assert len(selectors.unseen(ana)) == 1
    blocked = {"reader": host, "host": ana}[blocker]
    Block.objects.create(blocker=host if blocked == ana else ana, blocked=blocked)
    assert selectors.news(ana) == [] and selectors.unseen(ana) == []


def test_nothing_is_shown_of_a_space_one_may_know_of_no_more(ana, bo):
    space = spaces.start(title="Evening talk", by=bo)
    told(ana, bo, kind=Kind.LIVE, subject=f"space:{space.pk}")
    assert len(selectors.unseen(ana)) == 1
    spaces.change_settings(space=space, by=bo, is_private=True)
    assert selectors.news(ana) == [] and selectors.unseen(ana) == []


def test_followers_of_one_day_are_told_together(ana, window):
    told(ana, *[user(name) for name in ("bo", "cy", "di", "ed")])
    [group] = selectors.news(ana)
    assert [person.handle for person in group.named] == ["ed", "di"] and group.others == 2
    page = window.get(reverse("notifications")).content.decode()
    assert "and 2 others followed you" in page


def test_those_who_took_a_stage_are_told_together(ana, bo, window):
    space = spaces.start(title="Evening talk", by=bo)
    told(ana, user("cy"), user("di"), kind=Kind.STAGE, subject=f"space:{space.pk}")
    page = window.get(reverse("notifications")).content.decode()
    assert "<strong>Di</strong> and <strong>Cy</strong> took the stage in “Evening talk”" in page
    assert space.get_absolute_url() in page


def test_what_the_page_has_shown_is_seen_and_what_came_since_is_not(ana, bo, window):
    told(ana, bo)
    shown = Notification.objects.get().pk
    told(ana, user("cy"), kind=Kind.FOLLOW, subject="request")
    answer = window.put(reverse("notifications_seen", args=[shown]))
    assert "1 for you" in answer.content.decode()
    assert [group.seen for group in selectors.news(ana)] == [False, True]


def test_seen_again_writes_and_publishes_nothing(ana, bo, django_capture_on_commit_callbacks):
    told(ana, bo)
    assert notifications.see(up_to=10**30, by=ana)
    with django_capture_on_commit_callbacks() as published:
        assert not notifications.see(up_to=10**30, by=ana)
    assert published == []


def test_nobody_sees_for_somebody_else(ana, bo):
    told(ana, bo)
    notifications.see(up_to=10**9, by=bo)
    assert len(selectors.unseen(ana)) == 1


def test_the_page_says_so_when_there_is_nothing(window):
    assert "Nothing new from people yet." in window.get(reverse("notifications")).content.decode()


def test_old_news_leaves_the_page_and_later_the_table(ana, bo):
    told(ana, bo)
    Notification.objects.update(created_at=timezone.now() - timedelta(days=31))
    assert selectors.news(ana) == []
    assert notifications.forget(before=timezone.now() - timedelta(days=90)) == 0
    assert notifications.forget(before=timezone.now() - timedelta(days=30)) == 1


def test_as_many_queries_whatever_was_told(ana, django_assert_num_queries):
    with django_assert_num_queries(1):
        selectors.unseen(ana)
    for number in range(12):
        host = user(f"host{number}")
        space = spaces.start(title="Evening talk", by=host)
        told(ana, host)
        told(ana, host, kind=Kind.LIVE, subject=f"space:{space.pk}")
    with django_assert_num_queries(2):
        assert len(selectors.news(ana)) == 13


# --- How one wants to be told ---


def test_a_kind_or_a_way_that_does_not_exist_is_refused(window):
    assert window.put("/me/notifications/love/in_app/").status_code == 404
    assert window.put("/me/notifications/live/by_pigeon/").status_code == 404


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("way", ["in_app", "by_push", "by_mail"])
def test_every_switch_is_kept_and_goes_back(ana, window, kind, way):
    address = reverse("notification_wish", args=[kind, way])
    before = getattr(DEFAULTS[kind], way)
    (window.delete if before else window.put)(address)
    assert selectors.ways(ana)[kind] == DEFAULTS[kind]._replace(**{way: not before})
    (window.put if before else window.delete)(address)
    assert not Preference.objects.exists()


def test_where_it_is_shown_anyway_there_is_nothing_to_switch(window):
    page = window.get(reverse("notification_settings")).content.decode()
    assert page.count("Always here") == 3 and page.count('role="switch"') == 15
