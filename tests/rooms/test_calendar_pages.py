"""Calendars over HTTP: who gets which file, what stands in it, and addresses that stop working."""

import re
from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from accounts.models import User
from rooms.feeds import FEED_SALT, feed_token
from rooms.models import Invitation, Space
from rooms.services import feeds, invitations, reminders, schedule
from tests.support import cast

HTMX = {"HX-Request": "true"}


@pytest.fixture
def host(db) -> User:
    return cast.user("host")


@pytest.fixture
def reader(db) -> User:
    return cast.user("reader")


def plan(host: User, title: str = "Gardens", hours: float = 24, **details) -> Space:
    at = timezone.now().replace(microsecond=0) + timedelta(hours=hours)
    details = {"speak_permission": "invited"} | details
    return schedule.plan(title=title, scheduled_for=at, by=host, **details)


def accept(space: Space, user: User, kind: str = "listen") -> Invitation:
    invitation = invitations.invite(space=space, user=user, kind=kind, by=space.host)
    invitations.accept(invitation=invitation, by=user)
    return invitation


def long_ago(space: Space, **ago: int) -> None:
    Space.objects.filter(pk=space.pk).update(scheduled_for=timezone.now() - timedelta(**ago))


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(user: User, generation: int = 1) -> str:
    return reverse("calendar_feed", args=[feed_token(user.pk, generation)])


def events(response) -> dict[str, str]:
    """Title -> status."""
    assert response.status_code == 200
    return {str(e["summary"]): str(e["status"]) for e in Calendar.from_ical(response.content).walk("VEVENT")}


def in_calendar(user: User) -> dict[str, str]:
    return events(Client().get(address(user)))


# --- Addresses nobody has ---


@pytest.mark.parametrize("token", ["x", "1", "1.2", ".", "W10.x", "a" * 5000, "%00", "ä", "W29iamVjdF0"])
def test_an_address_somebody_made_up_does_not_exist(reader, token):
    assert Client().get(f"/calendar/{token}.ics").status_code == 404


def test_a_token_with_one_letter_changed_does_not_exist(reader):
    token = feed_token(reader.pk, 1)
    for place in range(len(token)):
        other = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert Client().get(f"/calendar/{other}.ics").status_code == 404, other


def test_what_was_signed_for_another_purpose_is_no_address(reader):
    token = Signer(salt="rooms.bearer", sep=".").sign_object([reader.pk, 1])
    assert Client().get(reverse("calendar_feed", args=[token])).status_code == 404
    token = Signer(salt=FEED_SALT, sep=".").sign_object([reader.pk, 1])
    assert Client().get(reverse("calendar_feed", args=[token])).status_code == 200


def test_the_address_of_a_closed_account_does_not_exist(reader):
    User.objects.filter(pk=reader.pk).update(is_active=False)
    assert Client().get(address(reader)).status_code == 404
    User.objects.filter(pk=reader.pk).delete()
    assert Client().get(address(reader)).status_code == 404


def test_a_calendar_is_read_and_nothing_else(reader):
    assert Client().post(address(reader)).status_code == 405
    assert Client().head(address(reader)).status_code == 200


def test_ones_page_needs_an_account(db):
    for verb in ("get", "post"):
        response = getattr(Client(), verb)(reverse("calendar"))
        assert response.status_code == 302 and response["Location"].startswith("/account/")


# --- A new address ---


def test_a_new_address_ends_the_one_before(reader):
    assert Client().get(address(reader)).status_code == 200
    response = signed_in(reader).post(reverse("calendar"), headers=HTMX)
    assert address(reader, 2) in response.content.decode() and "new address" in response.content.decode()
    assert Client().get(address(reader)).status_code == 404
    assert Client().get(address(reader, 2)).status_code == 200
    feeds.renew(by=reader)
    assert [Client().get(address(reader, n)).status_code for n in (1, 2, 3, 4)] == [404, 404, 200, 404]


def test_without_script_one_comes_back_to_the_page_with_the_new_address(reader):
    response = signed_in(reader).post(reverse("calendar"), follow=True)
    assert address(reader, 2) in response.content.decode()


def test_a_new_address_is_ones_own_only(reader, host):
    feeds.renew(by=host)
    assert Client().get(address(reader)).status_code == 200


def test_a_new_address_needs_a_csrf_token_and_not_too_many(reader):
    client = Client(enforce_csrf_checks=True)
    client.force_login(reader)
    assert client.post(reverse("calendar")).status_code == 403
    client = signed_in(reader)
    assert [client.post(reverse("calendar"), headers=HTMX).status_code for _ in range(11)] == [200] * 10 + [429]


# --- What stands in it ---


def test_spaces_of_others_are_not_in_it(reader, host):
    plan(host)
    declined = plan(cast.user("other"), "Declined")
    invitation = invitations.invite(space=declined, user=reader, kind="listen", by=declined.host)
    assert in_calendar(reader) == {}
    invitations.decline(invitation=invitation, by=reader)
    assert in_calendar(reader) == {}


def test_it_holds_what_one_hosts_asked_for_or_said_yes_to(reader, host):
    plan(reader, "My own")
    reminders.ask(space=plan(host, "Reminded"), by=reader)
    accept(plan(cast.user("second"), "Said yes"), reader, kind="speak")
    accept(plan(cast.user("third"), "Among us", is_private=True), reader)
    assert in_calendar(reader) == dict.fromkeys(["My own", "Reminded", "Said yes", "Among us"], "CONFIRMED")


def test_a_space_that_is_in_it_twice_over_is_one_event(reader, host):
    space = plan(host)
    reminders.ask(space=space, by=reader)
    accept(space, reader)
    accept(space, reader, kind="speak")
    events = Calendar.from_ical(Client().get(address(reader)).content).walk("VEVENT")
    assert len(events) == 1


def test_a_space_that_is_live_stays_in_it(reader, host):
    space = plan(host)
    reminders.ask(space=space, by=reader)
    schedule.go_live(space=space, by=host)
    assert in_calendar(reader) == {"Gardens": "CONFIRMED"}


def test_a_space_that_was_never_planned_does_not_come_in(room):
    assert in_calendar(room.host.user) == in_calendar(room.listener.user) == {}


def test_what_will_not_happen_is_cancelled_in_it_for_thirty_days(reader, host):
    space = plan(host)
    reminders.ask(space=space, by=reader)
    schedule.cancel(space=space, by=host)
    assert in_calendar(reader) == in_calendar(host) == {"Gardens": "CANCELLED"}
    long_ago(space, days=29)
    assert in_calendar(reader) == {"Gardens": "CANCELLED"}
    long_ago(space, days=31)
    assert in_calendar(reader) == in_calendar(host) == {}


def test_moving_gives_the_same_event_a_higher_sequence(reader, host):
    space = plan(host)
    reminders.ask(space=space, by=reader)
    [before] = Calendar.from_ical(Client().get(address(reader)).content).walk("VEVENT")
    schedule.move(space=space, scheduled_for=space.scheduled_for + timedelta(hours=2), by=host)
    [after] = Calendar.from_ical(Client().get(address(reader)).content).walk("VEVENT")
    assert before["uid"] == after["uid"] and before["sequence"] < after["sequence"]
    assert after.start - before.start == timedelta(hours=2)


def test_a_private_space_leaves_the_calendar_of_somebody_with_no_way_in(reader, host):
    space = plan(host, is_private=True)
    invitation = accept(space, reader)
    reminders.ask(space=space, by=reader)
    invitations.withdraw(invitation=invitation, by=host)
    assert in_calendar(reader) == {}
    assert in_calendar(host) == {"Gardens": "CONFIRMED"}


def test_the_number_of_queries_does_not_grow(reader, django_assert_num_queries):
    for number in range(3):
        reminders.ask(space=plan(cast.user(f"host{number}"), f"Number {number}"), by=reader)
    feeds.renew(by=reader)
    with django_assert_num_queries(2):
        assert len(events(Client().get(address(reader, 2)))) == 3


# --- Asked again ---


def test_a_program_that_asks_again_gets_a_file_only_when_it_says_something_new(reader, host):
    reminders.ask(space=plan(host), by=reader)
    first = Client().get(address(reader))
    assert first["Cache-Control"].startswith("private") and first["Content-Type"].startswith("text/calendar")
    again = Client().get(address(reader), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    User.objects.filter(pk=host.pk).update(display_name="Hanna")
    changed = Client().get(address(reader), headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200 and changed["ETag"] != first["ETag"]


# --- One Space ---


def test_a_space_can_be_taken_along_as_a_file(host):
    space = plan(host)
    response = Client().get(reverse("space_ics", args=[space.slug]))
    assert events(response) == {"Gardens": "CONFIRMED"}
    assert response["Content-Disposition"] == f'attachment; filename="{space.slug}.ics"'
    [event] = Calendar.from_ical(response.content).walk("VEVENT")
    assert event["url"] == f"http://testserver{space.get_absolute_url()}"
    assert event.start == space.scheduled_for


def test_the_file_and_the_calendar_speak_of_the_same_event(host):
    space = plan(host)
    one = Calendar.from_ical(Client().get(reverse("space_ics", args=[space.slug])).content).walk("VEVENT")
    other = Calendar.from_ical(Client().get(address(host)).content).walk("VEVENT")
    assert [event["uid"] for event in one] == [event["uid"] for event in other]


def test_a_space_that_was_never_planned_has_no_file(db):
    space = cast.live_space().space
    assert Client().get(reverse("space_ics", args=[space.slug])).status_code == 404
    assert Client().get(reverse("space_ics", args=["nowhere"])).status_code == 404


def test_a_private_space_has_a_file_for_those_who_may_come_in(host, reader):
    space = plan(host, is_private=True)
    path = reverse("space_ics", args=[space.slug])
    assert [who.get(path).status_code for who in (Client(), signed_in(reader))] == [404, 404]
    accept(space, reader)
    assert [who.get(path).status_code for who in (signed_in(reader), signed_in(host))] == [200, 200]


# --- The page ---


def test_the_page_shows_what_is_to_come_and_the_address(reader, host, django_assert_num_queries):
    reminders.ask(space=plan(host, "<b>Gardens</b>"), by=reader)
    cancelled = plan(cast.user("other"), "Never mind")
    reminders.ask(space=cancelled, by=reader)
    schedule.cancel(space=cancelled, by=cancelled.host)
    page = signed_in(reader).get(reverse("calendar")).content.decode()
    assert "&lt;b&gt;Gardens&lt;/b&gt;" in page and "Never mind" not in page
    assert f"http://testserver{address(reader)}" in page and f"webcal://testserver{address(reader)}" in page
    assert re.search(r'<time datetime="[^"]+Z" data-when="both">', page)


def test_an_empty_calendar_says_how_things_get_into_it(reader):
    assert "Nothing is planned." in signed_in(reader).get(reverse("calendar")).content.decode()


def test_a_bearer_of_the_address_gets_the_calendar_and_nothing_else(reader):
    client = Client()
    client.get(address(reader))
    assert not client.cookies and client.get(reverse("calendar")).status_code == 302
