"""The field for a time: what people may send, what comes of it, and what they see when it comes back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import time_machine
from django.http import QueryDict
from django.template.loader import render_to_string

from rooms.refusals import REFUSALS
from rooms.when import WhenForm

NOW = datetime(2026, 11, 21, 18, 4, 30, tzinfo=UTC)


def sent(scheduled_for: str, zone: str | None = "Europe/Berlin") -> WhenForm:
    data = QueryDict(mutable=True)
    data.update({"scheduled_for": scheduled_for} | ({} if zone is None else {"zone": zone}))
    return WhenForm(data)


def html(form: WhenForm) -> str:
    return "".join(render_to_string("_field.html", {"field": field}) for field in form)


@pytest.mark.parametrize(
    "value",
    ["", " ", "tomorrow", "2026-02-30T10:00", "2026-11-29T25:00", "29.11.2026 19:00", "2026-11-29T19:00Z"]
    + ["2026-11-29T19:00+02:00", "\0", "9" * 10_000, "²026-11-29T19:00"],
)
def test_what_is_no_time_on_a_clock_is_refused(value):
    form = sent(value)
    assert form.errors["scheduled_for"] == ["Choose a day and a time."]


def test_a_time_that_clocks_jump_over_is_refused_in_a_sentence():
    form = sent("2027-03-28T02:30")
    assert form.errors["scheduled_for"] == [REFUSALS["time_skipped"][1]]
    assert 'value="2027-03-28T02:30"' in html(form) and "data-refused" not in html(form)


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "../../etc/passwd", "x" * 10_000, "<script>", "\0"])
def test_a_zone_nobody_knows_is_refused_and_the_form_asks_for_utc(zone):
    form = sent("2026-11-29T19:00", zone)
    assert form.errors["scheduled_for"] == [REFUSALS["zone_unknown"][1]]
    assert 'name="zone" value="UTC" data-refused' in html(form)


@pytest.mark.parametrize(("zone", "hour"), [("Europe/Berlin", 18), ("America/New_York", 0), ("UTC", 19), (None, 19)])
def test_a_time_on_ones_own_clock_becomes_an_instant(zone, hour):
    form = sent("2026-11-29T19:00", zone)
    assert form.is_valid()
    instant = datetime(2026, 11, 29, hour, 0, tzinfo=UTC) + timedelta(days=hour == 0)
    assert form.cleaned_data == {"scheduled_for": instant}


def test_no_time_is_an_answer_where_the_form_says_so():
    form = sent("")
    form.fields["scheduled_for"].required = False
    assert form.is_valid() and form.cleaned_data == {"scheduled_for": None}


@time_machine.travel(NOW, tick=False)
def test_it_is_limited_to_the_next_two_weeks_by_the_minute():
    assert 'min="2026-11-21T18:04"' in html(WhenForm()) and 'max="2026-12-05T18:04"' in html(WhenForm())


def test_without_script_it_shows_utc_and_says_so():
    at = datetime(2026, 11, 29, 20, 0, tzinfo=timezone(timedelta(hours=1)))
    page = html(WhenForm(initial={"scheduled_for": at}))
    assert "(<span data-zone-name>UTC</span>)" in page
    assert 'value="2026-11-29T19:00"' in page and 'data-instant="2026-11-29T20:00:00+01:00"' in page
    assert 'name="zone" value="UTC"' in page


def test_what_somebody_typed_comes_back_as_they_typed_it():
    page = html(sent("2027-03-28T02:30"))
    assert 'value="2027-03-28T02:30"' in page and "data-instant" not in page
