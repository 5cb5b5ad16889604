"""What stands on the home page under "Coming up": for strangers, for people with an account, for hosts."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from rooms.services import invitations, reminders, schedule
from rooms.tasks import sweep_absent
from tests.support import cast
from tests.support.planned import accepted, browser, plan

HOME = reverse("home")


@pytest.fixture
def reader(db) -> User:
    return cast.user("reader")


def coming(who: User | None = None) -> list[str]:
    """Titles, as listed."""
    return [space.title for space in browser(who).get(HOME).context["upcoming"]]


def html(who: User | None = None) -> str:
    return browser(who).get(HOME).content.decode()


def test_a_private_one_is_listed_for_those_who_are_asked_in_and_nobody_else(reader):
    space = plan(cast.user("host"), "Among us", is_private=True)
    assert coming() == coming(reader) == []
    assert "Among us" not in html() + html(reader)
    invitation = invitations.invite(space=space, user=reader, kind="listen", by=space.host)
    assert coming(reader) == ["Among us"]
    invitations.decline(invitation=invitation, by=reader)
    assert coming(reader) == []


def test_what_a_suspended_host_planned_is_not_listed_and_called_off_by_the_sweep(reader):
    space = plan(cast.user("host"))
    assert coming(reader)
    User.objects.filter(pk=space.host_id).update(is_active=False)
    assert coming(reader) == []
    sweep_absent()
    space.refresh_from_db()
    assert space.is_over


@pytest.mark.parametrize("become", ["live", "cancelled", "expired"])
def test_what_is_not_to_come_any_more_is_not_listed(db, become):
    space = plan(cast.user("host"))
    if become == "live":
        schedule.go_live(space=space, by=space.host)
    if become == "cancelled":
        schedule.cancel(space=space, by=space.host)
    with time_machine.travel(space.scheduled_for + timedelta(hours=2 if become == "expired" else 0)):
        assert coming() == []


def test_strangers_see_what_is_to_come_the_next_first(db):
    for number, hours in enumerate([30, 3, 20]):
        space = plan(cast.user(f"host{number}"), f"In {hours} hours", topics=["Bees"])
        schedule.move(space=space, scheduled_for=space.scheduled_for + timedelta(hours=hours - 24), by=space.host)
    assert coming() == ["In 3 hours", "In 20 hours", "In 30 hours"]
    page = html()
    assert "Host0" in page and "Bees" in page and 'data-when="both"' in page
    assert f'<a href="{reverse("account_login")}">sign in</a>' in page
    assert "Remind me" not in page and reverse("calendar") not in page


def test_one_that_is_late_is_listed_until_it_expires(db):
    space = plan(cast.user("host"))
    with time_machine.travel(space.scheduled_for + timedelta(minutes=119)):
        assert coming() == ["Gardens"]


def test_reminders_are_switched_on_and_off_in_the_list(reader):
    space = plan(cast.user("host"))
    on, off = f'id="reminder-{space.slug}" class="button" type="button" aria-pressed="true"', 'aria-pressed="false"'
    assert off in html(reader) and on not in html(reader)
    reminders.ask(space=space, by=reader)
    assert on in html(reader) and off not in html(reader)


def test_ones_own_stands_first_with_its_state_and_only_once(reader):
    own = plan(reader, "My <own>", is_private=True)
    other = plan(cast.user("host"), "Before it")
    schedule.move(space=other, scheduled_for=other.scheduled_for - timedelta(hours=5), by=other.host)
    page = html(reader)
    assert coming(reader) == ["Before it"]
    assert page.count("My &lt;own&gt;") == 1 and page.index("My &lt;own&gt;") < page.index("Before it")
    assert 'data-countdown="starts"' in page and "You host it, among those you let in." in page
    assert "Nobody waits for it yet" in page
    accepted(own, cast.user("guest1"))
    assert "1 person waits for it." in html(reader)


def test_an_empty_calendar_invites_to_plan(reader):
    for who in (None, reader):
        page = html(who)
        assert "Nothing is planned yet." in page and f"{reverse('space_new')}?when=later" in page


def test_the_way_to_ones_calendar_is_there_for_people_with_an_account(reader):
    assert reverse("calendar") in html(reader)


def test_the_number_of_queries_does_not_grow(reader, django_assert_num_queries):
    for number in range(4):
        plan(cast.user(f"host{number}"), topics=["Bees", "Roofs"])
    with django_assert_num_queries(5):
        Client().get(HOME)
