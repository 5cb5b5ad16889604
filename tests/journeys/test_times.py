"""Times as people read and write them: in their own zone and language, counting down, also when clocks change."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import expect

from rooms.when import WhenForm

EVENING = datetime(2026, 11, 29, 19, 0, tzinfo=UTC)
NEW_YORK = {"timezone_id": "America/New_York", "locale": "en-US"}
KOLKATA = {"timezone_id": "Asia/Kolkata", "locale": "en-IN"}
BERLIN = {"timezone_id": "Europe/Berlin", "locale": "de-DE"}
FORM = """<form>
  <label for="at">When? (<span data-zone-name>UTC</span>)</label>
  <input type="datetime-local" id="at" value="{value}" data-instant="{instant}" min="{least}" max="{most}">
  <input type="hidden" name="zone" value="UTC" {refused}>
</form>"""
WRONG_CLOCK = """{
  const Right = Date;
  window.Date = class extends Right {
    constructor(...parts) { parts.length ? super(...parts) : super(Right.now() + WRONG); }
    static now() { return Right.now() + WRONG; }
  };
}"""


def moment(at: datetime, shown: str = "both") -> str:
    return render_to_string("_time.html", {"at": at, "shown": shown})


def countdown(at: datetime, words: str) -> str:
    return render_to_string("_countdown.html", {"at": at, "words": words})


def form(instant="", value="", least="2026-11-21T18:00", most="2026-12-05T18:00", refused="") -> str:
    return FORM.format(instant=instant, value=value, least=least, most=most, refused=refused)


def served(someone, *parts: str, javascript=True) -> None:
    """Opens a page of ours that has this in it, as if the server had written it there."""

    def answer(route) -> None:
        response = route.fetch()
        route.fulfill(response=response, body=response.text().replace("</main>", f"{article(*parts)}</main>"))

    someone.page.route("**/", answer, times=1)
    someone.page.goto("/")
    if javascript:
        expect(someone.page.locator("#dock")).to_have_attribute("data-sound", "off")


def article(*parts: str, attributes="") -> str:
    return f'<article id="parts" {attributes}>{"".join(f"<p>{part}</p>" for part in parts)}</article>'


def news(someone, *parts: str, swap: str) -> None:
    """The same element once more, in the way the live socket brings it."""
    html = article(*parts, attributes=f'hx-swap-oob="{swap}"')
    someone.page.evaluate("(html) => htmx.swap(document.body, html, { swapStyle: 'none' })", html)


def read(someone) -> list[str]:
    texts = someone.page.locator("#parts p").all_inner_texts()
    return [text.replace("\u202f", " ").replace("\u00a0", " ") for text in texts]


def test_without_script_times_are_utc_and_say_so(person):
    someone = person("Guest", java_script_enabled=False, **NEW_YORK)
    parts = [moment(EVENING), moment(EVENING, "date"), moment(EVENING, "time"), moment(EVENING, "relative")]
    parts += [countdown(EVENING, "in"), countdown(EVENING, "starts"), countdown(EVENING, "turn")]
    parts += [f"Until {moment(EVENING, 'time')}."]
    served(someone, *parts, javascript=False)
    assert read(someone) == [
        "29 Nov 2026, 19:00 UTC",
        "29 Nov 2026",
        "19:00 UTC",
        "29 Nov 2026, 19:00 UTC",
        "29 Nov 2026, 19:00 UTC",
        "starts 29 Nov 2026, 19:00 UTC",
        "until 19:00:00 UTC",
        "Until 19:00 UTC.",
    ]


@pytest.mark.parametrize(
    ("options", "lang", "texts"),
    [
        pytest.param(
            NEW_YORK, "en-US", ["Sun, Nov 29, 2026, 2:00 PM EST", "Sun, Nov 29, 2026", "2:00 PM EST"], id="New York"
        ),
        pytest.param(
            KOLKATA, "en-IN", ["Mon, 30 Nov, 2026, 12:30 am IST", "Mon, 30 Nov, 2026", "12:30 am IST"], id="Kolkata"
        ),
        pytest.param(
            BERLIN, "de-DE", ["So., 29. Nov. 2026, 20:00 MEZ", "So., 29. Nov. 2026", "20:00 MEZ"], id="Berlin"
        ),
    ],
)
def test_times_are_read_in_ones_own_zone_and_language(person, options, lang, texts):
    someone = person("Guest", **options)
    served(someone, *[moment(EVENING, style) for style in ("both", "date", "time")])
    assert read(someone) == texts
    assert someone.page.locator("#parts time").first.get_attribute("lang") == lang


def test_the_hour_that_occurs_twice_is_told_apart(person):
    someone = person("Guest", **BERLIN)
    night = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    served(someone, moment(night, "time"), moment(night + timedelta(hours=1), "time"))
    assert read(someone) == ["02:30 MESZ", "02:30 MEZ"]


@pytest.mark.parametrize("swap", ["true", "morph", "innerHTML"])
def test_news_never_shows_utc_to_somebody_elsewhere(person, swap):
    someone = person("Guest", **NEW_YORK)
    served(someone, moment(EVENING, "time"))
    someone.page.evaluate(
        """() => {
          window.seen = [];
          new MutationObserver(() => seen.push(document.getElementById("parts").textContent))
            .observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    news(someone, moment(EVENING, "time"), "Now with a second line", swap=swap)
    assert read(someone) == ["2:00 PM EST", "Now with a second line"]
    news(someone, moment(EVENING + timedelta(hours=1), "time"), swap=swap)
    assert read(someone) == ["3:00 PM EST"]
    seen = someone.page.evaluate("() => seen")
    assert seen and not [text for text in seen if "UTC" in text]


def test_a_morph_leaves_a_time_that_did_not_change_alone(person):
    someone = person("Guest", **NEW_YORK)
    served(someone, moment(EVENING), moment(EVENING, "relative"))
    someone.page.evaluate(
        """() => {
          window.changes = [];
          const all = { subtree: true, childList: true, characterData: true, attributes: true };
          const changed = ({ type, target, attributeName }) => `${type} ${attributeName} ${target.nodeName}`;
          new MutationObserver((records) => changes.push(...records.map(changed)))
            .observe(document.getElementById("parts"), all);
        }"""
    )
    news(someone, moment(EVENING), moment(EVENING, "relative"), swap="morph")
    assert someone.page.evaluate("() => changes") == []


def test_the_page_of_a_boosted_link_is_rewritten_too(person):
    someone = person("Guest", **KOLKATA)
    served(someone)
    html = article(moment(EVENING, "time"))
    someone.page.evaluate("(html) => htmx.swap('#main', html, { swapStyle: 'innerHTML' })", html)
    assert read(someone) == ["12:30 am IST"]


def test_how_long_ago_or_ahead_is_said_in_the_language_of_the_page(person):
    someone = person("Guest", **BERLIN)
    now = datetime.now(UTC)
    spans = [{"days": 3, "hours": 1}, {"hours": 2, "minutes": 5}, {"minutes": -7, "seconds": -30}, {"seconds": -5}]
    served(someone, *[moment(now + timedelta(**span), "relative") for span in spans])
    assert read(someone) == ["in 3 days", "in 2 hours", "7 minutes ago", "just now"]


def test_a_countdown_says_what_matters_at_that_distance(person):
    someone = person("Guest", **NEW_YORK)
    now = datetime.now(UTC) + timedelta(seconds=30)
    spans = [{"days": 3}, {"hours": 2, "minutes": 5}, {"minutes": 25}, {"hours": -1}]
    ends = [now + timedelta(**span) for span in spans]
    served(someone, *[countdown(end, words) for words in ("in", "starts", "turn") for end in ends])
    assert read(someone) == [
        *("in 3 days", "in 2 h 5 min", "in 25 min", "now"),
        *("starts in 3 days", "starts in 2 h 5 min", "starts in 25 min", "starting now"),
        *("3 days", "2 h 5 min", "25 min", "0:00"),
    ]


def test_the_last_minutes_tick_every_second_and_move_nothing(person):
    someone = person("Guest")
    end = datetime.now(UTC) + timedelta(seconds=95)
    served(someone, f"{countdown(end, 'turn')} <b>left</b>", countdown(end, "starts"), countdown(end, "in"))
    ticks = someone.page.evaluate(
        """() => new Promise((resolve) => {
          const [timer, left, ticks] = [document.querySelector("#parts time"), document.querySelector("#parts b"), []];
          new MutationObserver(() => {
            ticks.push([timer.textContent, left.getBoundingClientRect().x, timer.getBoundingClientRect().width]);
            if (ticks.length === 4) resolve(ticks);
          }).observe(timer, { childList: true });
        })"""
    )
    seconds = [60 * int(text.partition(":")[0]) + int(text.partition(":")[2]) for text, *_ in ticks]
    assert [a - b for a, b in itertools.pairwise(seconds)] == [1, 1, 1]
    assert len({tuple(place) for _, *place in ticks}) == 1
    turn, starts, within = read(someone)
    assert starts.removeprefix("starts in ") == within.removeprefix("in ") == turn.removesuffix(" left")


def test_a_countdown_ends_and_is_no_noise_for_screen_readers(person):
    someone = person("Guest")
    end = datetime.now(UTC) + timedelta(seconds=5)
    served(someone, countdown(end, "starts"), countdown(end, "turn"))
    timers = someone.page.get_by_role("timer")
    expect(timers.nth(0)).to_have_text("starting now")
    expect(timers.nth(1)).to_have_text("0:00")
    assert not someone.page.locator("#parts [aria-live], [aria-live] #parts").count()


@pytest.mark.parametrize("wrong", [timedelta(minutes=-12), timedelta(hours=3)], ids=["slow", "fast"])
def test_a_computer_whose_clock_is_wrong_counts_the_servers_seconds(person, wrong):
    someone = person("Guest")
    someone.page.add_init_script(WRONG_CLOCK.replace("WRONG", str(wrong.total_seconds() * 1000)))
    someone.page.goto("/")
    expect(someone.page.locator("#dock")).to_have_attribute("data-sound", "off")
    html = article(countdown(datetime.now(UTC) + timedelta(seconds=100), "turn"))
    someone.page.evaluate("(html) => htmx.swap('#main', html, { swapStyle: 'innerHTML' })", html)
    minutes, seconds = read(someone)[0].split(":")
    assert 90 <= 60 * int(minutes) + int(seconds) <= 105


@pytest.mark.parametrize(
    ("options", "zone", "value", "least", "most"),
    [
        (NEW_YORK, "America/New_York", "2026-11-29T14:00", "2026-11-21T13:00", "2026-12-05T13:00"),
        (KOLKATA, "Asia/Calcutta", "2026-11-30T00:30", "2026-11-21T23:30", "2026-12-05T23:30"),
        (BERLIN, "Europe/Berlin", "2026-11-29T20:00", "2026-11-21T19:00", "2026-12-05T19:00"),
    ],
    ids=["New York", "Kolkata", "Berlin"],
)
def test_a_form_asks_for_and_sends_ones_own_time(person, options, zone, value, least, most):
    someone = person("Guest", **options)
    served(someone, form(instant="2026-11-29T19:00:00Z", value="2026-11-29T19:00"))
    field = someone.page.get_by_label(f"When? ({zone.replace('_', ' ')})")
    expect(field).to_have_value(value)
    assert (field.get_attribute("min"), field.get_attribute("max")) == (least, most)
    assert someone.page.locator("[name=zone]").input_value() == zone


def test_the_sites_own_field_is_shown_and_sent_in_ones_own_zone(person):
    someone = person("Guest", **KOLKATA)
    at = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=2)
    fields = WhenForm(initial={"scheduled_for": at})
    served(someone, f"<form>{''.join(render_to_string('_field.html', {'field': field}) for field in fields)}</form>")
    field = someone.page.get_by_label("When does it start? (Asia/Calcutta)")
    shown = at + timedelta(hours=5, minutes=30)
    expect(field).to_have_value(f"{shown:%Y-%m-%dT%H:%M}")
    data = someone.page.evaluate("() => Object.fromEntries(new FormData(document.querySelector('#parts form')))")
    form = WhenForm(data)
    assert form.is_valid() and form.cleaned_data == {"scheduled_for": at}
    assert field.evaluate("(input) => input.validity.valid")
    field.fill(f"{shown + timedelta(days=13):%Y-%m-%dT%H:%M}")
    assert field.evaluate("(input) => input.validity.rangeOverflow")


def test_limits_on_both_sides_of_a_change_of_clocks_have_each_their_own_offset(person):
    someone = person("Guest", **BERLIN)
    served(someone, form(least="2026-10-24T18:00", most="2026-11-07T18:00"))
    field = someone.page.locator("#at")
    assert (field.get_attribute("min"), field.get_attribute("max")) == ("2026-10-24T20:00", "2026-11-07T19:00")


def test_what_one_typed_stays_when_the_form_comes_back(person):
    someone = person("Guest", **NEW_YORK)
    served(someone, form())
    someone.page.locator("#at").fill("2026-11-25T20:15")
    someone.page.evaluate(
        "(html) => htmx.swap('#main', html, { swapStyle: 'innerHTML' })", form(value="2026-03-08T02:30")
    )
    expect(someone.page.locator("#at")).to_have_value("2026-03-08T02:30")
    assert someone.page.locator("[name=zone]").input_value() == "America/New_York"


def test_without_script_a_form_asks_for_utc(person):
    someone = person("Guest", java_script_enabled=False, **NEW_YORK)
    served(someone, form(instant="2026-11-29T19:00:00Z", value="2026-11-29T19:00"), javascript=False)
    expect(someone.page.get_by_label("When? (UTC)")).to_have_value("2026-11-29T19:00")
    assert someone.page.locator("[name=zone]").input_value() == "UTC"


def test_a_zone_that_was_refused_is_not_sent_again(person):
    someone = person("Guest", **NEW_YORK)
    served(someone, form(instant="2026-11-29T19:00:00Z", value="2026-11-29T19:00", refused="data-refused"))
    expect(someone.page.get_by_label("When? (UTC)")).to_have_value("2026-11-29T19:00")
    assert someone.page.locator("[name=zone]").input_value() == "UTC"
