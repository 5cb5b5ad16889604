"""A planned Space over HTTP: who may do what on its page, what it shows to whom, and what it turns into."""

from datetime import timedelta

import pytest
import time_machine
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from rooms.models import Participant, Reminder, Space
from rooms.refusals import REFUSALS
from rooms.services import clock, reminders, schedule, spaces
from tests.support import cast
from tests.support.live import Visitor
from tests.support.planned import HTMX, accepted, browser, plan


@pytest.fixture
def host(db) -> User:
    return cast.user("host")


@pytest.fixture
def reader(db) -> User:
    return cast.user("reader")


@pytest.fixture
def space(host) -> Space:
    return plan(host)


def address(name: str, space: Space) -> str:
    return reverse(name, args=[space.slug])


def page(space: Space, who: User | None = None) -> str:
    response = browser(who).get(space.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def state(space: Space) -> str:
    return Space.objects.get(pk=space.pk).state


# --- Refusals ---


@pytest.mark.parametrize("verb_and_name", ["post airing", "post reminder", "delete reminder", "delete space"])
def test_an_unknown_space_does_not_exist(reader, verb_and_name):
    verb, name = verb_and_name.split()
    assert getattr(browser(reader), verb)(reverse(name, args=["nowhere"]), headers=HTMX).status_code == 404


@pytest.mark.parametrize("verb_and_name", ["post airing", "post reminder", "delete reminder", "delete space"])
def test_a_private_space_does_not_exist_for_strangers(host, reader, verb_and_name):
    verb, name = verb_and_name.split()
    space = plan(host, is_private=True)
    for who in (None, reader):
        assert getattr(browser(who), verb)(address(name, space), headers=HTMX).status_code == 404
    assert state(space) == "scheduled" and not Reminder.objects.exists()


@pytest.mark.parametrize("verb_and_name", ["post airing", "delete space"])
@pytest.mark.parametrize("handle", [None, "reader"])
def test_only_its_host_starts_or_cancels_it(space, verb_and_name, handle):
    verb, name = verb_and_name.split()
    client = browser(handle and cast.user(handle))
    response = getattr(client, verb)(address(name, space), headers=HTMX)
    assert response.status_code == 403 and REFUSALS["host_only"][1] in response.content.decode()
    assert state(space) == "scheduled"


@pytest.mark.parametrize("verb", ["post", "delete"])
def test_a_reminder_needs_an_account(space, verb):
    response = getattr(Client(), verb)(address("reminder", space), headers=HTMX)
    assert response.status_code == 403 and REFUSALS["account_needed"][1] in response.content.decode()


@pytest.mark.parametrize("verb_and_name", ["post airing", "post reminder", "delete reminder", "delete space"])
def test_its_commands_need_a_csrf_token(space, host, verb_and_name):
    verb, name = verb_and_name.split()
    client = Client(enforce_csrf_checks=True)
    client.force_login(host)
    assert getattr(client, verb)(address(name, space)).status_code == 403
    assert state(space) == "scheduled"


@pytest.mark.parametrize("name", ["attendance", "hand", "seat", "token"])
def test_nobody_comes_in_before_it_starts(space, reader, name):
    response = browser(reader).post(address(name, space), headers=HTMX)
    assert response.status_code in (403, 409)
    assert not Participant.objects.exists()


def test_a_host_who_is_on_air_elsewhere_starts_no_second_one(space, host):
    spaces.start(title="Now", speak_permission="invited", by=host)
    response = browser(host).post(address("airing", space), headers=HTMX)
    assert response.status_code == 409 and REFUSALS["already_live"][1] in response.content.decode()
    assert state(space) == "scheduled"


def test_reminders_of_what_is_live_or_over_are_refused(space, host, reader):
    schedule.go_live(space=space, by=host)
    assert browser(reader).post(address("reminder", space), headers=HTMX).status_code == 409
    other = plan(reader, "Other")
    schedule.cancel(space=other, by=reader)
    assert browser(host).post(address("reminder", other), headers=HTMX).status_code == 410


def test_a_space_that_expired_cannot_be_started(space, host):
    with time_machine.travel(space.scheduled_for + timedelta(hours=2)):
        assert browser(host).post(address("airing", space), headers=HTMX).status_code == 410
    assert state(space) == "scheduled"


# --- The page ---


def test_its_page_says_what_who_and_when(host, reader, django_assert_max_num_queries):
    space = plan(host, "<b>Gardens</b>", description="One\n\nTwo <i>", topics=["Roofs & bees"], language="de")
    client = browser(reader)
    # Where somebody is signed in is noted once in a while.
    client.get(space.get_absolute_url())
    with django_assert_max_num_queries(18):
        html = client.get(space.get_absolute_url()).content.decode()
    assert "<b>Gardens" not in html and "&lt;b&gt;Gardens&lt;/b&gt;" in html
    assert "One\n\nTwo &lt;i&gt;</p>" in html
    assert "Roofs &amp; bees" in html and "Deutsch" in html
    assert f'<time datetime="{space.scheduled_for:%Y-%m-%dT%H:%M:%SZ}" data-when="both">' in html
    assert 'data-countdown="starts"' in html and 'ws-connect="/ws/spaces/' in html
    assert address("space_ics", space) in html and f"http://testserver{space.get_absolute_url()}" in html


def test_a_visitor_is_asked_to_be_reminded_and_gets_none_of_the_hosts_controls(space, host, reader):
    html = page(space, reader)
    assert "Remind me" in html and 'id="start"' not in html and address("space_edit", space) not in html
    html = page(space)
    assert "Sign in to be reminded" in html and f"?next={space.get_absolute_url()}" in html
    html = page(space, host)
    assert "Remind me" not in html and 'id="start"' in html and 'id="soundcheck"' in html
    assert address("space_edit", space) in html and address("invitations", space) in html
    assert "Cancel the Space" in html


def test_a_host_who_starts_early_is_asked_first(space, host):
    assert "Start before the time?" in page(space, host)
    with time_machine.travel(space.scheduled_for + timedelta(minutes=1)):
        assert "Start before the time?" not in page(space, host)


def test_it_says_how_many_wait_and_not_who_is_invited(space, reader):
    assert "for it." not in page(space)
    reminders.ask(space=space, by=reader)
    assert "1 person waits for it." in page(space)
    accepted(space, reader)
    accepted(space, cast.user("other"), kind="speak")
    html = page(space, reader)
    assert "2 people wait for it." in html and "Other" not in html


def test_being_reminded_is_switched_on_and_off_in_place(space, reader):
    client = browser(reader)
    for _ in range(2):
        answer = client.post(address("reminder", space), headers=HTMX).content.decode()
        assert "You are reminded" in answer and 'aria-pressed="true"' in answer and "hx-swap-oob" in answer
    assert Reminder.objects.get().user == reader
    assert "You are reminded" in client.get(space.get_absolute_url()).content.decode()
    for _ in range(2):
        answer = client.delete(address("reminder", space), headers=HTMX).content.decode()
        assert "Remind me" in answer and 'aria-pressed="false"' in answer
    assert not Reminder.objects.exists()


def test_starting_leads_to_the_live_page(space, host):
    client = browser(host)
    response = client.post(address("airing", space), headers=HTMX)
    assert response.status_code == 303 and response["Location"] == space.get_absolute_url()
    html = client.get(response["Location"]).content.decode()
    assert 'data-live="1"' in html and 'data-role="host"' in html and 'data-seat="muted"' in html


def test_a_cancelled_space_says_so_and_leads_on(space, host, reader):
    client = browser(host)
    for _ in range(2):
        response = client.delete(address("space", space), headers=HTMX)
        assert response.status_code == 303 and response["Location"] == space.get_absolute_url()
    html = page(space, reader)
    assert "Host has cancelled this Space." in html and 'data-countdown="starts"' not in html
    assert reverse("profile", args=["host"]) in html and reverse("home") in html
    assert f"{reverse('space_new')}?when=later" in page(space, host)


def test_an_expired_space_says_so_and_leads_on(space, host, reader):
    with time_machine.travel(space.scheduled_for + timedelta(hours=2)):
        clock.tick(space_id=space.pk)
    assert state(space) == "expired"
    html = page(space, reader)
    assert "Nobody started this Space in time" in html and "Did not start" in html


@pytest.mark.parametrize("become", ["scheduled", "cancelled", "live"])
def test_public_facts_tell_what_is_planned(host, become):
    space = plan(host, description="About roofs", topics=["Roofs", "Bees"], language="de")
    if become == "cancelled":
        schedule.cancel(space=space, by=host)
    if become == "live":
        schedule.go_live(space=space, by=host)
    facts = Client().get(address("space_json", space)).json()
    assert facts["state"] == become and facts["description"] == "About roofs"
    assert (facts["topics"], facts["language"]) == (["Roofs", "Bees"], "de")
    assert facts["scheduled_for"] == space.scheduled_for.isoformat().replace("+00:00", "Z")
    assert (facts["started_at"] is None) is (become != "live")
    assert [person["handle"] for person in facts["stage"]] == (["host"] if become == "live" else [])


# --- Live ---


@pytest.fixture
def committed(transactional_db) -> Space:
    return plan(cast.user("host"))


def header(visitor: Visitor) -> str:
    return visitor.page.elements["space-header"]


ACTS = {
    "it starts": (lambda s: schedule.go_live(space=s, by=s.host), 'data-live="1"'),
    "it is cancelled": (lambda s: schedule.cancel(space=s, by=s.host), "Cancelled"),
    "it moves": (
        lambda s: schedule.move(space=s, scheduled_for=s.scheduled_for + timedelta(hours=1), by=s.host),
        "data-at",
    ),
    "somebody waits": (lambda s: reminders.ask(space=s, by=cast.user("reader")), "1 person waits"),
    "it is about something else": (
        lambda s: spaces.describe(space=s, title="Bees", description="", topics=["Bees"], language="en", by=s.host),
        ">Bees</h1>",
    ),
}


@pytest.mark.parametrize("act", ACTS)
async def test_whoever_looks_at_its_page_sees_when(act, committed):
    change, seen = ACTS[act]
    visitor = await Visitor(committed.slug, {}).open()
    before = header(visitor)
    assert 'data-state="scheduled"' in before and set(visitor.page.elements) == {"space-header", "what-is-kept"}
    await database_sync_to_async(change)(committed)
    await visitor.until(lambda: seen in header(visitor) and header(visitor) != before)
    served = await database_sync_to_async(page)(committed)
    assert seen in served
    await visitor.close()


async def test_whoever_looks_at_its_page_sees_that_it_expired(committed):
    visitor = await Visitor(committed.slug, {}).open()
    long_ago = timezone.now() - timedelta(hours=3)
    await Space.objects.filter(pk=committed.pk).aupdate(scheduled_for=long_ago)
    await database_sync_to_async(clock.tick)(space_id=committed.pk)
    await visitor.until(lambda: 'data-state="expired"' in header(visitor))
    await visitor.close()
