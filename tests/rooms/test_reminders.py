"""What the beat brings to people who wait: told once, at the right second, by mails that can be read and survive a
mail server that is away. The real task, the rows, and the mail as it was kept; only the clock is moved."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.urls import reverse

from accounts.models import User
from rooms.mail import send_notice
from rooms.models import Notice, Space
from rooms.services import reminders, schedule, spaces
from rooms.tasks import remind, send_mails, tick
from tests.support import cast
from tests.support.mailbox import Mailbox
from tests.support.planned import HTMX, accepted, browser, plan

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
START = datetime(2026, 11, 22, 19, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture(autouse=True)
def mailbox(settings, tmp_path) -> Mailbox:
    settings.EMAIL_BACKEND = "accounts.mail.PrintedAndKeptBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.SITE_URL = "https://rooms.example.org"
    return Mailbox(settings.EMAIL_FILE_PATH)


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def space(db, clock) -> Space:
    """Tomorrow at 19:00 UTC; one person asked to be reminded, one said yes to an invitation."""
    space = plan(cast.user("host"), "Gardens", at=START)
    reminders.ask(space=space, by=cast.user("reader"))
    accepted(space, cast.user("guest1"), kind="speak")
    cast.user("stranger")
    return space


def subjects(mailbox: Mailbox) -> dict[str, list[str]]:
    """Name in the address -> subjects, sorted: mails of one second come in no order."""
    found: dict[str, list[str]] = {}
    for mail in mailbox.mails():
        found.setdefault(mail["To"].partition("@")[0], []).append(mail["Subject"])
    return {name: sorted(each) for name, each in found.items()}


def round_at(clock, moment: datetime) -> None:
    """Everything beat brings about at that moment, twice: a second round finds nothing to do."""
    clock.move_to(moment, tick=False)
    for _ in range(2):
        tick()
        remind()
        send_mails()


def text(mailbox: Mailbox, to: str) -> str:
    return mailbox.last(to).get_content()


# --- Nobody is told what they did not ask for, or twice ---


def test_nobody_hears_anything_before_it_is_time(space, clock, mailbox):
    for moment in (NOW, START - 30 * MINUTE - timedelta(seconds=1)):
        round_at(clock, moment)
    assert mailbox.mails() == [] and not Notice.objects.exists()


def test_whoever_is_not_reminded_any_more_is_not_told(space, clock, mailbox):
    browser(User.objects.get(handle="reader")).delete(reverse("reminder", args=[space.slug]), headers=HTMX)
    round_at(clock, START)
    assert set(subjects(mailbox)) == {"host", "guest1"}


def test_a_host_who_plans_for_in_ten_minutes_is_not_reminded_half_an_hour_before(db, clock, mailbox):
    plan(cast.user("host"), at=NOW + 10 * MINUTE)
    round_at(clock, NOW + 5 * MINUTE)
    assert mailbox.mails() == []
    round_at(clock, NOW + 10 * MINUTE)
    assert subjects(mailbox) == {"host": ["It is time: Gardens"]}


def test_a_closed_account_gets_no_mail(space, clock, mailbox):
    User.objects.filter(handle="reader").update(is_active=False)
    round_at(clock, START)
    assert set(subjects(mailbox)) == {"host", "guest1"}


# --- At the right moment, once ---


def test_its_host_is_told_half_an_hour_before(space, clock, mailbox):
    round_at(clock, START - 30 * MINUTE)
    assert subjects(mailbox) == {"host": ["Your Space starts soon: Gardens"]}
    assert f"https://rooms.example.org{space.get_absolute_url()}" in text(mailbox, "host")


def test_everybody_who_waits_is_told_at_the_start(space, clock, mailbox):
    round_at(clock, START - timedelta(seconds=1))
    assert subjects(mailbox) == {"host": ["Your Space starts soon: Gardens"]}
    round_at(clock, START)
    assert subjects(mailbox) == {
        "host": ["It is time: Gardens", "Your Space starts soon: Gardens"],
        "reader": ["About to start: Gardens"],
        "guest1": ["About to start: Gardens"],
    }
    for moment in (START + MINUTE, START + HOUR):
        round_at(clock, moment)
    assert len(mailbox.mails()) == 4


def test_a_host_who_starts_early_brings_the_news_early(space, clock, mailbox):
    clock.move_to(START - 2 * HOUR, tick=False)
    schedule.go_live(space=space, by=space.host)
    round_at(clock, START - 2 * HOUR)
    assert subjects(mailbox) == {"reader": ["On air now: Gardens"], "guest1": ["On air now: Gardens"]}
    assert "Host is on air with “Gardens”." in text(mailbox, "reader")
    for moment in (START - 30 * MINUTE, START, START + 3 * HOUR):
        round_at(clock, moment)
    assert len(mailbox.mails()) == 2


def test_a_host_who_starts_late_does_not_repeat_the_news(space, clock, mailbox):
    round_at(clock, START)
    clock.move_to(START + 20 * MINUTE, tick=False)
    schedule.go_live(space=space, by=space.host)
    round_at(clock, START + 20 * MINUTE)
    assert subjects(mailbox)["reader"] == ["About to start: Gardens"]


@pytest.mark.parametrize("press", ["remind me", "yes"])
def test_whoever_asks_between_its_time_and_a_late_start_is_told_when_it_starts(space, clock, mailbox, press):
    round_at(clock, START)
    clock.move_to(START + 5 * MINUTE, tick=False)
    late = cast.user("late")
    reminders.ask(space=space, by=late) if press == "remind me" else accepted(space, late)
    round_at(clock, START + 10 * MINUTE)
    assert "late" not in subjects(mailbox)
    clock.move_to(START + 20 * MINUTE, tick=False)
    schedule.go_live(space=space, by=space.host)
    round_at(clock, START + 20 * MINUTE)
    assert subjects(mailbox) == {
        "host": ["It is time: Gardens"],
        "reader": ["About to start: Gardens"],
        "guest1": ["About to start: Gardens"],
        "late": ["On air now: Gardens"],
    }


# --- Moved, cancelled, expired ---


def test_moving_says_so_and_reminds_again_at_the_new_time(space, clock, mailbox):
    round_at(clock, START)
    schedule.move(space=space, scheduled_for=START + 24 * HOUR, by=space.host)
    round_at(clock, START + MINUTE)
    moved = text(mailbox, "reader")
    assert "Monday 23 November 2026, 19:00 UTC" in moved and "host" in subjects(mailbox)
    round_at(clock, START + 24 * HOUR - 30 * MINUTE)
    round_at(clock, START + 24 * HOUR)
    assert subjects(mailbox) == {
        "host": ["It is time: Gardens", "It is time: Gardens", "Your Space starts soon: Gardens"],
        "reader": ["About to start: Gardens", "About to start: Gardens", "Another time: Gardens"],
        "guest1": ["About to start: Gardens", "About to start: Gardens", "Another time: Gardens"],
    }


def test_moving_twice_says_so_twice(space, clock, mailbox):
    for hours in (1, 2):
        schedule.move(space=space, scheduled_for=START + hours * HOUR, by=space.host)
        round_at(clock, NOW + hours * MINUTE)
    assert subjects(mailbox)["reader"] == ["Another time: Gardens"] * 2
    assert "21:00 UTC" in text(mailbox, "reader")


def test_cancelling_tells_those_who_wait_and_nothing_more_comes(space, clock, mailbox):
    schedule.cancel(space=space, by=space.host)
    for moment in (NOW, START - 30 * MINUTE, START, START + 3 * HOUR):
        round_at(clock, moment)
    assert subjects(mailbox) == {"reader": ["Cancelled: Gardens"], "guest1": ["Cancelled: Gardens"]}
    assert "Host has cancelled “Gardens”" in text(mailbox, "reader")


def test_nobody_starting_it_tells_the_host_too(space, clock, mailbox):
    round_at(clock, START + 2 * HOUR - timedelta(seconds=1))
    assert "Not started: Gardens" not in str(subjects(mailbox))
    round_at(clock, START + 2 * HOUR)
    assert all("Not started: Gardens" in each for each in subjects(mailbox).values())
    assert set(subjects(mailbox)) == {"host", "reader", "guest1"}
    assert "https://rooms.example.org/spaces/new/?when=later" in text(mailbox, "host")
    assert "Host did not start it" in text(mailbox, "reader")


def test_after_a_long_pause_nobody_hears_that_it_starts_what_has_expired(space, clock, mailbox):
    clock.move_to(START + 5 * HOUR, tick=False)
    remind()
    assert not Notice.objects.exists()
    round_at(clock, START + 5 * HOUR)
    assert {name: len(each) for name, each in subjects(mailbox).items()} == {"host": 1, "reader": 1, "guest1": 1}
    assert "Not started: Gardens" in subjects(mailbox)["reader"]


# --- A mail server that is away ---


def test_mail_that_could_not_be_sent_is_sent_once_later(space, clock, mailbox, settings, tmp_path):
    (tmp_path / "broken").write_text("a file where a directory should be")
    settings.EMAIL_FILE_PATH = tmp_path / "broken"
    round_at(clock, START)
    assert mailbox.mails() == []
    assert Notice.objects.filter(mailed_at__isnull=True).count() == Notice.objects.count() == 3
    settings.EMAIL_FILE_PATH = mailbox.folder
    round_at(clock, START + 5 * MINUTE)
    assert {name: len(each) for name, each in subjects(mailbox).items()} == {"host": 1, "reader": 1, "guest1": 1}


@pytest.mark.parametrize("happened", ["cancelled", "live", "ended"])
def test_mail_that_something_overtook_is_not_sent(space, clock, mailbox, settings, tmp_path, happened):
    (tmp_path / "broken").write_text("")
    settings.EMAIL_FILE_PATH = tmp_path / "broken"
    round_at(clock, START - 10 * MINUTE)
    if happened == "cancelled":
        schedule.cancel(space=space, by=space.host)
    else:
        host = schedule.go_live(space=space, by=space.host).participants.get(role="host")
        remind()
        send_mails()
    if happened == "ended":
        spaces.end(space=space, by=host)
    settings.EMAIL_FILE_PATH = mailbox.folder
    round_at(clock, START)
    readers = {"cancelled": ["Cancelled: Gardens"], "live": ["On air now: Gardens"], "ended": None}[happened]
    assert subjects(mailbox).get("reader") == readers and "host" not in subjects(mailbox)
    assert not Notice.objects.filter(mailed_at__isnull=True).exists()


def test_mail_is_not_tried_for_ever(space, clock, mailbox, settings, tmp_path):
    (tmp_path / "broken").write_text("")
    settings.EMAIL_FILE_PATH = tmp_path / "broken"
    schedule.cancel(space=space, by=space.host)
    round_at(clock, NOW)
    settings.EMAIL_FILE_PATH = mailbox.folder
    round_at(clock, NOW + 2 * HOUR)
    assert mailbox.mails() == []


# --- What stands in them ---

KINDS = [kind.value for kind in Notice.Kind]


def mailed(space: Space, handle: str, kind: str, mailbox: Mailbox):
    notice = Notice(space=space, user=User.objects.get(handle=handle), kind=kind, created_at=NOW)
    send_notice(notice)
    return mailbox.last(handle)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("title", ["A\r\nBcc: all@example.org", "A\nB\n\nC", "A\u2028B", "A\x0b\x85B", " <b>&\t"])
def test_a_hostile_title_adds_no_header(space, mailbox, kind, title):
    Space.objects.filter(pk=space.pk).update(title=title)
    space.refresh_from_db()
    mail = mailed(space, "reader", kind, mailbox)
    assert mail["Bcc"] is None and mail["Subject"].endswith(" ".join(title.split()))
    assert "\n" not in mail["Subject"] and [mail["To"]] == ["reader@example.org"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("handle", ["host", "reader"])
def test_every_mail_is_plain_text_with_names_a_link_and_a_reason(space, mailbox, kind, handle):
    Space.objects.filter(pk=space.pk).update(title="Tom & Jerry’s <talk>")
    space.refresh_from_db()
    mail = mailed(space, handle, kind, mailbox)
    body = mail.get_content()
    assert mail.get_content_type() == "text/plain" and mail["Auto-Submitted"] == "auto-generated"
    assert body.startswith(f"Hello {handle.title()},\n\n") and "“Tom & Jerry’s <talk>”" in body
    assert "    https://rooms.example.org/spaces/" in body
    reason = "you host this Space." if handle == "host" else "you asked to be reminded, or said yes to an invitation."
    assert body.strip().endswith(f"You get this mail because {reason}")
    assert "{" not in body and "\n\n\n" not in body


def test_a_link_in_a_mail_leads_to_the_page(space, clock, mailbox):
    round_at(clock, START)
    link = next(line.strip() for line in text(mailbox, "reader").splitlines() if line.startswith("    https://"))
    assert browser().get(link.removeprefix("https://rooms.example.org")).status_code == 200
