"""Whom a private Space lets in no more hears nothing further of it: not in calendars, by mail, at home, nor counted."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import User
from rooms import selectors
from rooms.feeds import feed_token
from rooms.models import InviteLink, Reminder, Space
from rooms.services import links, reminders, schedule, spaces
from rooms.tasks import remind, send_mails
from tests.support import cast
from tests.support.invited import ask
from tests.support.live import AtHome
from tests.support.planned import HTMX, browser, plan
from tests.support.same import as_answered
from tests.support.strangers import with_an_account

act = database_sync_to_async


@pytest.fixture
def host(db) -> User:
    return cast.user("host")


@pytest.fixture
def reader(db) -> User:
    return cast.user("reader")


def hide(space: Space, title: str = "Secret garden") -> None:
    """Made private, and given other words."""
    spaces.change_settings(space=space, is_private=True, by=space.host)
    words = {"title": title, "description": f"{title} behind the wall", "topics": [], "language": "en"}
    spaces.describe(space=space, **words, by=space.host)
    space.refresh_from_db()


def with_link(user: User, space: Space) -> tuple[Client, InviteLink]:
    link, token = links.make(space=space, by=space.host)
    client = browser(user)
    assert client.get(reverse("join", args=[token])).status_code == 303
    return client, link


def press_remind(client: Client, space: Space) -> str:
    return client.post(reverse("reminder", args=[space.slug]), headers=HTMX).content.decode()


def told(user: User, client: Client) -> str:
    """Everything this account is told wherever it looks."""
    pages = [client.get(reverse(name)).content.decode() for name in ("home", "calendar")]
    feed = Client().get(reverse("calendar_feed", args=[feed_token(user.pk, 1)])).content
    return "".join(pages) + str([event.to_ical() for event in Calendar.from_ical(feed).walk("VEVENT")])


def start(space: Space) -> list[str]:
    """Whom mail goes to when it goes on air, sorted."""
    schedule.go_live(space=space, by=space.host)
    remind()
    send_mails()
    return sorted(to for message in mail.outbox for to in message.to)


# --- Asked while it was public ---


def test_a_link_for_friends_is_none_of_a_strangers_who_asked_while_it_was_public(host, reader):
    space, client = plan(host), browser(reader)
    press_remind(client, space)
    assert "Gardens" in told(reader, client)
    hide(space)
    with_link(cast.user("friend"), space)
    assert client.get(space.get_absolute_url()).status_code == 404
    assert "Secret" not in told(reader, client) and selectors.waiting(space) == set()
    assert start(space) == []


def test_public_again_it_is_told_again(host, reader):
    space, client = plan(host), browser(reader)
    press_remind(client, space)
    hide(space)
    spaces.change_settings(space=space, is_private=False, by=host)
    assert "Secret garden" in told(reader, client) and selectors.waiting(space) == {reader.pk}
    assert start(space) == ["reader@example.org"]


def test_what_one_was_told_while_it_was_public_shows_no_later_title(host, reader):
    space, client = plan(host), browser(reader)
    press_remind(client, space)
    schedule.move(space=space, scheduled_for=space.scheduled_for + timedelta(hours=1), by=host)
    assert "Moved to" in client.get(reverse("home")).content.decode()
    hide(space)
    assert "Secret" not in client.get(reverse("home")).content.decode()
    assert selectors.notices_to(reader) == []


def test_mail_that_waits_does_not_go_out_to_whoever_is_let_in_no_more(host, reader):
    space = plan(host)
    for user in (reader, cast.user("friend")):
        reminders.ask(space=space, by=user)
    schedule.move(space=space, scheduled_for=space.scheduled_for + timedelta(hours=1), by=host)
    hide(space)
    ask(space, User.objects.get(handle="friend"), "listen")
    remind()
    send_mails()
    assert [message.to for message in mail.outbox] == [["friend@example.org"]]


def test_whoever_was_told_that_it_is_off_may_read_that_at_home(host, reader):
    """Their invitation is closed with it, and nobody changes its words any more."""
    space, client = plan(host, is_private=True), browser(reader)
    ask(space, reader, "listen")
    press_remind(client, space)
    schedule.cancel(space=space, by=host)
    assert "Cancelled by Host" in client.get(reverse("home")).content.decode()


async def test_the_card_of_it_leaves_an_open_page_at_once(transactional_db):
    space, reader = await act(lambda: plan(cast.user("host")))(), await act(cast.user)("reader")
    await act(reminders.ask)(space=space, by=reader)
    moved = space.scheduled_for + timedelta(hours=1)
    await act(schedule.move)(space=space, scheduled_for=moved, by=space.host)
    jar = {"sessionid": (await act(with_an_account)(reader)).cookies["sessionid"].value}
    page = await AtHome(jar).open()
    assert page.shows("Gardens")
    await act(spaces.change_settings)(space=space, is_private=True, by=space.host)
    await page.until(lambda: not page.shows("Gardens"))
    await act(spaces.change_settings)(space=space, is_private=False, by=space.host)
    await page.until(lambda: page.shows("Gardens"))
    await page.close()


# --- Asked through a link ---


def test_a_reminder_asked_for_through_a_link_counts_as_long_as_that_link_opens(host, reader):
    space = plan(host, is_private=True)
    client, link = with_link(reader, space)
    assert 'aria-pressed="true"' in press_remind(client, space)
    assert Reminder.objects.get().link == link
    assert "Gardens" in told(reader, client) and selectors.waiting(space) == {reader.pk}
    links.revoke(link=link, by=host)
    with_link(cast.user("friend"), space)
    assert client.get(space.get_absolute_url()).status_code == 404
    assert "Gardens" not in told(reader, client)
    assert selectors.waiting(space) == set() and selectors.waiting_count(space) == 0
    assert start(space) == []


def test_a_link_that_ended_by_the_clock_counts_no_more_either(host, reader):
    space = plan(host, is_private=True)
    client, link = with_link(reader, space)
    press_remind(client, space)
    InviteLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())
    assert "Gardens" not in told(reader, client) and selectors.waiting(space) == set()


def test_with_another_link_one_asks_anew(host, reader):
    """The page does not say that one is reminded where one would not be."""
    space, client = plan(host), browser(reader)
    press_remind(client, space)
    hide(space)
    newcomer, link = with_link(reader, space)
    assert 'aria-pressed="false"' in newcomer.get(space.get_absolute_url()).content.decode()
    press_remind(newcomer, space)
    assert 'aria-pressed="true"' in newcomer.get(space.get_absolute_url()).content.decode()
    assert selectors.waiting(space) == {reader.pk} and Reminder.objects.get().link == link
    before = Space.objects.get(pk=space.pk).version
    press_remind(newcomer, space)
    assert Space.objects.get(pk=space.pk).version == before


# --- Not to be reminded any more ---


def test_one_may_be_reminded_no_more_of_what_one_is_let_into_no_more(host, reader):
    space, client = plan(host), browser(reader)
    press_remind(client, space)
    hide(space)
    slugs = [space.slug, "b234-c567-d89f"]
    answers = [client.delete(reverse("reminder", args=[slug]), headers=HTMX) for slug in slugs]
    here, nowhere = map(as_answered, answers, slugs)
    assert here == nowhere and here[0] == 404
    assert not Reminder.objects.exists()


def test_the_counts_and_lists_take_as_many_queries_as_before(host, reader, django_assert_num_queries):
    space = plan(host, is_private=True)
    client, _ = with_link(reader, space)
    press_remind(client, space)
    with django_assert_num_queries(1):
        assert selectors.waiting(space) == {reader.pk}
    with django_assert_num_queries(1):
        assert selectors.waiting_count(space) == 1
    with django_assert_num_queries(1):
        assert [each.host for each in selectors.calendar_of(reader, timezone.now())] == [host]
    with django_assert_num_queries(1):
        assert selectors.reminded(space, reader)
