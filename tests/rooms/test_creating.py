"""The page that opens a Space, now or later: what is refused and where it says so, and what comes of the rest."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from rooms.languages import CHOICES, preferred
from rooms.models import Space
from rooms.refusals import REFUSALS
from rooms.services import schedule, spaces
from tests.support import cast

NOW = datetime(2026, 11, 21, 18, 4, 30, tzinfo=UTC)
NEW = reverse("space_new")


@pytest.fixture
def host(db) -> User:
    return cast.user("hanna")


@pytest.fixture
def client(host) -> Client:
    client = Client()
    client.force_login(host)
    return client


def sent(client: Client, **fields):
    """The form as a browser sends it, with what most people leave alone, and these."""
    usual = {"title": "Gardens", "when": "now", "speak_permission": "invited", "is_private": "False"}
    usual |= {"guests_allowed": "on", "language": "en", "zone": "UTC"}
    data = {name: value for name, value in (usual | fields).items() if value is not None}
    return client.post(reverse("spaces"), data)


def later(client: Client, **fields):
    return sent(client, **{"when": "later", "scheduled_for": "2026-11-22T19:00"} | fields)


def refused_beside(response, field: str, code: str, **numbers) -> None:
    assert response.context["form"].errors == {field: [REFUSALS[code][1].format(**numbers)]}
    assert not Space.objects.exists()


# --- Refusals ---


def test_the_page_needs_an_account_and_leads_back_to_itself(db):
    response = Client().get(NEW)
    assert response.status_code == 302 and response["Location"].endswith(f"?next={NEW}")


@pytest.mark.parametrize(
    ("field", "value", "code", "numbers"),
    [
        ("title", "", "title_empty", {}),
        ("title", "x" * 71, "title_too_long", {"most": 70}),
        ("description", "x" * 501, "description_too_long", {"most": 500}),
        ("topics", "a, b, c, d", "topics_too_many", {"most": 3}),
        ("topics", f"gardens, {'x' * 31}", "topic_too_long", {"most": 30}),
        ("language", "tlh", "language_unknown", {}),
    ],
)
def test_what_a_rule_refuses_stands_beside_its_field_and_stays_typed(client, field, value, code, numbers):
    response = sent(client, **{field: value})
    assert response.status_code == 422
    refused_beside(response, field, code, **numbers)
    page = response.content.decode()
    assert f'id="id_{field}_error"' in page and f'aria-describedby="id_{field}_' in page
    assert value in page or field == "language"


@pytest.mark.parametrize(("field", "value"), [("when", "never"), ("speak_permission", "whoever"), ("is_private", "?")])
def test_what_is_not_among_the_choices_is_refused(client, field, value):
    response = sent(client, **{field: value})
    assert response.status_code == 422
    assert response.context["form"].errors == {field: ["Choose one of these."]}
    assert not Space.objects.exists()


@pytest.mark.parametrize(
    ("field", "unfolded"), [({"title": ""}, False), ({"topics": "a,b,c,d"}, True), ({"speak_permission": "x"}, True)]
)
def test_the_rest_unfolds_when_something_is_wrong_in_it(client, field, unfolded):
    page = sent(client, **field).content.decode()
    assert ('<details class="more" open>' in page) is unfolded


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("at", "code"),
    [("2026-11-21T18:03", "time_past"), ("2020-01-01T00:00", "time_past"), ("2026-12-05T18:06", "time_too_far")],
)
def test_a_time_too_early_or_too_late_is_refused_beside_it(client, at, code):
    response = later(client, scheduled_for=at)
    assert response.status_code == 422
    refused_beside(response, "scheduled_for", code, days=14)
    page = response.content.decode()
    assert f'value="{at}"' in page and '<details class="more">' in page


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize("at", ["", "soon"])
def test_later_needs_a_time(client, at):
    response = later(client, scheduled_for=at)
    assert response.context["form"].errors == {"scheduled_for": ["Choose a day and a time."]}


@time_machine.travel(NOW, tick=False)
def test_a_zone_nobody_knows_is_refused_and_asked_for_again_in_utc(client):
    response = later(client, zone="Europe/Atlantis")
    refused_beside(response, "scheduled_for", "zone_unknown")
    assert 'name="zone" value="UTC" data-refused' in response.content.decode()


def test_a_refusal_leaves_the_address_of_the_form_in_place(client):
    assert sent(client, title="")["HX-Push-Url"] == "false"


@pytest.mark.parametrize("code", ["protected", "too_few_followers"])
def test_whoever_may_not_host_is_told_why(client, host, settings, code):
    if code == "protected":
        User.objects.filter(pk=host.pk).update(is_protected=True)
    else:
        settings.HOST_MIN_FOLLOWERS = 1
    response = sent(client)
    assert response.status_code == 403
    refused_beside(response, "__all__", code)
    assert REFUSALS[code][1] in response.content.decode()


@time_machine.travel(NOW, tick=False)
def test_a_second_one_in_the_calendar_is_refused_and_leads_to_the_first(client):
    later(client)
    first = Space.objects.get()
    response = later(client, title="Another")
    assert response.status_code == 409 and Space.objects.count() == 1
    page = response.content.decode()
    assert REFUSALS["already_scheduled"][1] in page and first.get_absolute_url() in page


def test_starting_and_planning_over_and_over_is_too_often(client):
    assert [sent(client, title="").status_code for _ in range(11)] == [422] * 10 + [429]


# --- What people come for ---


def test_two_presses_after_home_a_space_is_live(client):
    page = client.get(NEW)
    form = page.context["form"]
    assert form["title"].value() == "Hanna’s Space" and form["when"].value() == "now"
    response = client.post(reverse("spaces"), {field.name: field.value() for field in form if field.value()})
    space = Space.objects.get()
    assert response["Location"] == space.get_absolute_url()
    assert (space.title, space.state, space.scheduled_for) == ("Hanna’s Space", "live", None)
    assert (space.speak_permission, space.is_private, space.guests_allowed) == ("invited", False, True)
    assert (space.captions_wanted, space.recording_wanted) == (False, False)


def test_a_name_longer_than_a_title_is_cut(client, host, settings):
    settings.TITLE_MAX = 10
    assert client.get(NEW).context["form"]["title"].value() == "Hanna’s Sp"


def test_everything_one_can_say_is_kept(client):
    sent(
        client,
        description=" About\u202e  roofs \r\n\r\n\r\n and tomatoes ",
        topics="#Gardens,  gardens ،bees，",
        language="zh",
        speak_permission="followed",
        is_private="True",
        guests_allowed=None,
        captions_wanted="on",
        recording_wanted="on",
    )
    space = Space.objects.get()
    assert space.description == "About roofs\n\nand tomatoes"
    assert [topic.name for topic in space.topics.all()] == ["Gardens", "bees"]
    assert (space.language, space.speak_permission, space.is_private) == ("zh", "followed", True)
    assert (space.guests_allowed, space.captions_wanted, space.recording_wanted) == (False, True, True)
    assert "中文" in client.get(space.get_absolute_url()).content.decode()


def test_wishes_are_called_wishes(client):
    page = client.get(NEW).content.decode()
    assert "This server does not write captions yet." in page
    assert "On stage everybody is asked first" in page


@time_machine.travel(NOW, tick=False)
def test_a_space_is_planned_for_a_time_on_ones_own_clock(client):
    response = later(client, zone="Asia/Kolkata", topics="bees")
    space = Space.objects.get()
    assert response["Location"] == space.get_absolute_url()
    assert (space.state, space.scheduled_for) == ("scheduled", datetime(2026, 11, 22, 13, 30, tzinfo=UTC))
    assert space.started_at is None and [topic.name for topic in space.topics.all()] == ["bees"]


@time_machine.travel(NOW, tick=False)
def test_now_means_now_whatever_the_hidden_time_says(client):
    sent(client, scheduled_for="2020-01-01T00:00", zone="Europe/Atlantis")
    assert Space.objects.get().is_live


@time_machine.travel(NOW, tick=False)
def test_the_time_one_starts_from_is_a_full_hour_to_come(client):
    page = client.get(NEW).content.decode()
    assert 'data-instant="2026-11-21T20:00:00+00:00"' in page and 'value="2026-11-21T20:00"' in page


def test_a_host_on_air_is_told_so_with_a_link_and_asked_about_later(client, host):
    live = spaces.start(title="<b>Roofs</b>", speak_permission="invited", by=host)
    page = client.get(NEW)
    html = page.content.decode()
    assert f'<a href="{live.get_absolute_url()}">&lt;b&gt;Roofs&lt;/b&gt;</a>' in html
    assert page.context["form"]["when"].value() == "later"


def test_a_host_with_a_planned_space_is_told_so_with_a_link(client, host):
    at = timezone.now() + timedelta(days=1)
    planned = schedule.plan(title="Roofs", speak_permission="invited", scheduled_for=at, by=host)
    page = client.get(NEW)
    assert f'<a href="{planned.get_absolute_url()}">Roofs</a>' in page.content.decode()
    assert page.context["form"]["when"].value() == "now"
    assert sent(client).status_code == 302
    assert Space.objects.filter(host=host, state="live").count() == 1


def test_home_can_lead_to_a_form_for_later(client):
    assert client.get(f"{NEW}?when=later").context["form"]["when"].value() == "later"


# --- Languages ---


@pytest.mark.parametrize(
    ("asked", "found"),
    [("", "en"), ("de-AT,de;q=0.9,en;q=0.8", "de"), ("tlh,sv;q=0.5,fi;q=0.7", "fi"), ("zh-Hant-TW", "zh")]
    + [("x" * 5000, "en"), ("*", "en"), (";;q=,", "en"), ("PT-br", "pt")],
)
def test_the_language_one_starts_from_is_the_browsers(client, asked, found):
    assert preferred(asked) == found
    page = client.get(NEW, headers={"Accept-Language": asked}).content.decode()
    assert re.search(rf'<option value="{found}" selected>', page)


def test_languages_have_their_own_names_once():
    assert len({name for _, name in CHOICES}) == len(CHOICES) == len(dict(CHOICES))
    assert {"de": "Deutsch", "zh": "中文", "ar": "العربيّة"}.items() <= dict(CHOICES).items()
