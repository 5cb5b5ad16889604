"""The page on which hosts change a Space: who may change what, all of it or nothing, live and planned."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from accounts.models import User
from rooms.models import Notice, Participant, Space
from rooms.refusals import REFUSALS
from rooms.services import attendance, reminders, schedule
from tests.support import cast
from tests.support.planned import accepted, browser, plan

NOW = datetime(2026, 11, 21, 18, 4, 30, tzinfo=UTC)
START = datetime(2026, 11, 22, 19, 0, 12, tzinfo=UTC)
HOSTS_OWN = ["speak_permission", "is_private", "guests_allowed", "captions_wanted", "recording_wanted", "scheduled_for"]


@pytest.fixture
def host(db) -> User:
    return cast.user("planner")


@pytest.fixture
def planned(host) -> Space:
    with time_machine.travel(NOW):
        return plan(host, at=START, description="About roofs", topics=["Roofs", "Bees"], language="de")


def address(space: Space) -> str:
    return reverse("space_edit", args=[space.slug])


def typed(client: Client, space: Space) -> dict:
    """The form as a browser would send it untouched."""
    form = client.get(address(space)).context["form"]
    values = {field.name: field.value() for field in form}
    if isinstance(values.get("scheduled_for"), str):
        values["zone"] = "UTC"
    return {name: value for name, value in values.items() if value not in (None, False) or name == "is_private"}


def change(client: Client, space: Space, **fields):
    data = {name: value for name, value in (typed(client, space) | fields).items() if value is not None}
    return client.post(address(space), data)


def again(space: Space) -> Space:
    return Space.objects.get(pk=space.pk)


# --- Refusals ---


def test_the_page_needs_an_account(planned):
    assert Client().get(address(planned))["Location"].startswith("/account/")
    assert Client().post(address(planned), {"title": "Mine"})["Location"].startswith("/account/")


@pytest.mark.parametrize("verb", ["get", "post"])
def test_whoever_does_not_lead_is_told_so(room, verb):
    for person in ("listener", "speaker"):
        response = getattr(browser(room.now(person).user), verb)(address(room.space))
        assert response.status_code == 403 and REFUSALS["not_a_leader"][1] in response.content.decode()


@pytest.mark.parametrize("verb", ["get", "post"])
def test_a_planned_one_is_its_hosts_alone(planned, verb):
    accepted(planned, reader := cast.user("reader"), kind="cohost")
    assert getattr(browser(reader), verb)(address(planned)).status_code == 403


def test_a_private_one_does_not_exist_for_strangers(host):
    space = plan(host, is_private=True)
    assert browser(cast.user("reader")).get(address(space)).status_code == 404


@pytest.mark.parametrize("over", ["ended", "cancelled"])
def test_what_is_over_stays_as_it_was(room, planned, over):
    space = room.space if over == "ended" else planned
    if over == "ended":
        attendance.leave(participant=room.cohost, by=room.cohost)
        Space.objects.filter(pk=space.pk).update(state="ended", ended_at=NOW)
    else:
        schedule.cancel(space=space, by=space.host)
    assert browser(space.host).get(address(space)).status_code == 410
    assert browser(space.host).post(address(space), {"title": "Other"}).status_code == 410


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [("title", "", "title_empty"), ("topics", "a,b,c,d", "topics_too_many"), ("description", "x" * 501, "")]
    + [("scheduled_for", "2020-01-01T00:00", "time_past"), ("scheduled_for", "2027-11-22T19:00", "time_too_far")],
)
@time_machine.travel(NOW, tick=False)
def test_what_is_refused_stands_beside_its_field_and_nothing_changes(planned, field, value, code):
    fields = {"title": "Other", "speak_permission": "everyone"} | {field: value}
    response = change(browser(planned.host), planned, **fields)
    assert response.status_code == 422 and response["HX-Push-Url"] == "false"
    errors = response.context["form"].errors
    assert list(errors) == [field] and (not code or errors[field] == [REFUSALS[code][1].format(most=3, days=14)])
    assert value in response.content.decode()
    space = again(planned)
    assert (space.title, space.speak_permission, space.scheduled_for) == ("Gardens", "invited", START)
    assert space.version == planned.version


@time_machine.travel(NOW, tick=False)
def test_a_time_is_not_moved_over_and_over(planned):
    client = browser(planned.host)
    times = [f"2026-11-23T10:{minute:02}" for minute in range(11)]
    answers = [change(client, planned, scheduled_for=at).status_code for at in times]
    assert answers == [302] * 10 + [429]
    assert change(client, planned, title="Words go on changing").status_code == 302


# --- Planned ---


@time_machine.travel(NOW, tick=False)
def test_the_form_shows_what_is(planned):
    html = browser(planned.host).get(address(planned)).content.decode()
    for shown in ("Gardens", "About roofs", "Roofs, Bees", 'value="de" selected', 'value="2026-11-22T19:00"'):
        assert shown in html, shown


@time_machine.travel(NOW, tick=False)
def test_saving_what_is_changes_nothing(planned):
    reminders.ask(space=planned, by=cast.user("reader"))
    version = again(planned).version
    response = change(browser(planned.host), planned)
    assert response.status_code == 302 and response["Location"] == planned.get_absolute_url()
    assert again(planned).version == version and again(planned).scheduled_for == START
    assert not Notice.objects.exists()


@time_machine.travel(datetime(2026, 10, 20, tzinfo=UTC), tick=False)
@pytest.mark.parametrize("hour", [0, 1])
def test_a_time_that_a_clock_shows_twice_is_not_moved_by_saving_other_words(host, hour):
    at = datetime(2026, 10, 25, hour, 30, tzinfo=UTC)
    space = plan(host, at=at)
    reminders.ask(space=space, by=cast.user("reader"))
    untouched = {"scheduled_for": "2026-10-25T02:30", "zone": "Europe/Berlin"}
    assert change(browser(host), space, title="Bees", **untouched).status_code == 302
    assert (again(space).title, again(space).scheduled_for) == ("Bees", at)
    assert not Notice.objects.exists()


@time_machine.travel(NOW, tick=False)
def test_a_host_changes_everything_of_a_planned_one_at_once(planned):
    accepted(planned, cast.user("reader"))
    response = change(
        browser(planned.host),
        planned,
        title="Bees",
        topics="bees",
        language="fr",
        speak_permission="everyone",
        is_private="True",
        guests_allowed=None,
        recording_wanted="on",
        scheduled_for="2026-11-23T09:30",
        zone="Europe/Berlin",
    )
    assert response.status_code == 302
    space = again(planned)
    assert (space.title, space.language, [t.name for t in space.topics.all()]) == ("Bees", "fr", ["bees"])
    assert (space.speak_permission, space.is_private, space.guests_allowed) == ("everyone", True, False)
    assert (space.captions_wanted, space.recording_wanted) == (False, True)
    assert space.scheduled_for == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert [notice.kind for notice in Notice.objects.all()] == ["moved"]


@time_machine.travel(NOW, tick=False)
def test_the_page_says_who_is_told_when_it_moves(planned):
    client = browser(planned.host)
    assert "Nobody waits for it yet." in client.get(address(planned)).content.decode()
    reminders.ask(space=planned, by=cast.user("reader"))
    accepted(planned, cast.user("other"))
    html = client.get(address(planned)).content.decode()
    assert "2 people wait and are told when you move it." in html and "Reminders go out again" in html


def test_a_late_one_can_be_described_without_being_moved(planned):
    with time_machine.travel(START + timedelta(minutes=20)):
        assert change(browser(planned.host), planned, title="Any minute").status_code == 302
    assert (again(planned).title, again(planned).scheduled_for) == ("Any minute", START)


@time_machine.travel(NOW, tick=False)
def test_one_that_began_while_its_host_typed_keeps_the_words(planned):
    client = browser(planned.host)
    data = typed(client, planned) | {"title": "Bees", "scheduled_for": "2026-11-23T09:30"}
    schedule.go_live(space=planned, by=planned.host)
    assert client.post(address(planned), data).status_code == 302
    assert (again(planned).title, again(planned).scheduled_for) == ("Bees", START)


# --- Live ---


def test_a_cohost_changes_the_words_and_nothing_else(room):
    client = browser(room.cohost.user)
    form = client.get(address(room.space)).context["form"]
    assert not set(HOSTS_OWN) & set(form.fields)
    response = change(
        client, room.space, title="Night talk", speak_permission="everyone", scheduled_for="2030-01-01T00:00"
    )
    assert response.status_code == 302
    space = again(room.space)
    assert (space.title, space.speak_permission, space.scheduled_for) == ("Night talk", "invited", None)


def test_a_host_changes_words_and_settings_of_a_live_one(room):
    client = browser(room.host.user)
    fields = client.get(address(room.space)).context["form"].fields
    # Recording is switched in the room, where everybody on stage is asked.
    assert set(HOSTS_OWN) - set(fields) == {"scheduled_for", "recording_wanted"}
    response = change(client, room.space, title="Night talk", topics="Night", speak_permission="everyone")
    assert response["Location"] == room.space.get_absolute_url()
    space = again(room.space)
    assert (space.title, space.speak_permission, space.guests_allowed) == ("Night talk", "everyone", True)
    assert room.now("guest").left_at is None


def test_switching_guests_off_sees_them_off_at_once(room):
    change(browser(room.host.user), room.space, guests_allowed=None)
    assert not again(room.space).guests_allowed
    assert list(Participant.objects.filter(space=room.space, user=None, left_at=None)) == []


def test_markup_in_words_is_text_here_too(room):
    change(browser(room.host.user), room.space, title="<b>x</b>", description="</textarea><script>")
    html = browser(room.cohost.user).get(address(room.space)).content.decode()
    assert "<b>x</b>" not in html and "</textarea><script>" not in html
