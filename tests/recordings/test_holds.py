"""What keeps a copy longer: reports, decisions, legal holds. Refusals first."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from recordings import selectors
from recordings.models import Copy, Hold
from recordings.refusals import Refused
from recordings.services import holds
from recordings.services import retention as retention_service
from rooms.models import Space
from rooms.services import spaces
from tests.support import cast, recorded

ENDED = datetime(2026, 11, 22, 20, 15, 30, tzinfo=UTC)
TALKS = (recorded.Talk("host", 1, 3, tone=440),)
REPORT = {"key": "7", "reason": "They shouted abuse", "by": None}


def day(days: int, seconds: int = 0) -> datetime:
    return ENDED + timedelta(days=days, seconds=seconds)


@pytest.fixture
def space(db, storage) -> Space:
    return recorded.space(TALKS, ended=ENDED)


@pytest.fixture
def staff(db):
    return cast.user("keeper", is_staff=True)


def copy() -> Copy:
    return Copy.objects.get()


def legal(space, by, **facts):
    facts = {"key": "court", "reason": "A court asked for it", "review_on": date(2027, 2, 1)} | facts
    return holds.place_legal(space=space, by=by, **facts)


# --- What is refused ---


@pytest.mark.parametrize(("seconds", "held"), [(-1, True), (0, False), (1, False)])
def test_a_report_after_expiry_is_refused(space, seconds, held):
    with time_machine.travel(day(30, seconds), tick=False):
        if held:
            holds.place(space=space, **REPORT)
        else:
            with pytest.raises(Refused, match="copy_gone") as refusal:
                holds.place(space=space, **REPORT)
            assert "destroyed" in refusal.value.sentence
    assert copy().expires_at == (day(90) if held else day(30))


@pytest.mark.parametrize("state", ["purging", "purged"])
def test_what_is_being_destroyed_is_not_held(space, staff, state):
    Copy.objects.update(state=state, purge_claimed_at=ENDED if state == "purging" else None)
    with time_machine.travel(day(1)):
        for act in (lambda: holds.place(space=space, **REPORT), lambda: legal(space, staff)):
            with pytest.raises(Refused, match="copy_gone"):
                act()
    assert not Hold.objects.exists()


def test_where_nothing_was_kept_there_is_nothing_to_hold(room):
    spaces.end(space=room.space, by=room.host)
    with pytest.raises(Refused, match="copy_none"):
        holds.place(space=room.space, **REPORT)


def test_a_live_space_without_review_copies_is_not_captured_for_a_report(room):
    Space.objects.update(review_copy=False)
    with pytest.raises(Refused, match="copy_none"):
        holds.place(space=room.space, **REPORT)
    assert not Copy.objects.exists()


def test_only_staff_place_and_lift_legal_holds(space):
    anna = cast.user("anna")
    with time_machine.travel(day(1)):
        with pytest.raises(Refused, match="staff_only"):
            legal(space, anna)
        with pytest.raises(Refused, match="staff_only"):
            holds.lift_legal(space=space, key="court", by=anna)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"reason": "  short  "}, "reason_needed"),
        ({"review_on": date(2026, 11, 23)}, "review_past"),
        ({"review_on": date(2026, 11, 22)}, "review_past"),
    ],
)
def test_a_legal_hold_says_why_and_when_somebody_looks_again(space, staff, facts, code):
    with time_machine.travel(day(1), tick=False), pytest.raises(Refused, match=code):
        legal(space, staff, **facts)


# --- Reports ---


def test_an_open_report_holds_the_copy_to_day_90_and_not_beyond(space):
    with time_machine.travel(day(29), tick=False):
        holds.place(space=space, **REPORT)
        assert holds.place(space=space, **REPORT) == Hold.objects.get(), "once, however often"
    assert (copy().expires_at, copy().why) == (day(90), "open_report")
    assert selectors.readable_copies(day(90, -1)).exists() and not selectors.readable_copies(day(90)).exists()


def test_an_upheld_report_keeps_it_for_an_appeal(space, staff):
    with time_machine.travel(day(2), tick=False):
        holds.place(space=space, **REPORT)
        for _ in range(2):
            holds.decide(space=space, key="7", upheld=True, by=staff)
    assert (copy().expires_at, copy().why) == (day(90), "upheld")
    assert sorted(Hold.objects.values_list("kind", "by__handle")) == [("report", None), ("upheld", "keeper")]


def test_a_dismissed_one_brings_the_usual_day_back(space, staff):
    with time_machine.travel(day(2), tick=False):
        holds.place(space=space, **REPORT)
        for _ in range(2):
            holds.decide(space=space, key="7", upheld=False, by=staff)
    assert (copy().expires_at, copy().why) == (day(30), "usual")
    assert Hold.objects.get().lifted_at == day(2)


def test_another_open_report_still_holds_it(space, staff):
    with time_machine.travel(day(2), tick=False):
        holds.place(space=space, **REPORT)
        holds.place(space=space, **REPORT | {"key": "8"})
        holds.decide(space=space, key="7", upheld=False, by=staff)
    assert copy().why == "open_report"


def test_dismissed_after_day_30_it_is_expired_at_once_and_its_purge_asked_for(space, staff, monkeypatch):
    asked = []
    monkeypatch.setattr(retention_service, "soon", asked.append)
    with time_machine.travel(day(20), tick=False):
        holds.place(space=space, **REPORT)
    with time_machine.travel(day(45), tick=False):
        assert selectors.readable_copies(day(45)).exists() and not asked
        holds.decide(space=space, key="7", upheld=False, by=staff)
        assert not selectors.readable_copies(day(45)).exists() and asked == ["purge"]


def test_a_decision_about_what_is_gone_changes_nothing(space, staff):
    with time_machine.travel(day(2), tick=False):
        holds.place(space=space, **REPORT)
        Copy.objects.update(state="purged")
        holds.decide(space=space, key="7", upheld=True, by=staff)
    assert (copy().state, copy().expires_at) == ("purged", day(90))


def test_a_decision_nobody_asked_for_changes_nothing(space, staff):
    with time_machine.travel(day(2)):
        holds.decide(space=space, key="unknown", upheld=True, by=staff)
    assert not Hold.objects.exists() and copy().why == "usual"


def test_a_report_of_a_live_space_holds_what_is_said_from_now_on(room, staff):
    Space.objects.update(review_copy=True)
    holds.place(space=room.space, **REPORT)
    assert copy().state == "live"
    spaces.end(space=room.space, by=room.host)
    retention_service.settle(space_id=room.space.pk)
    assert copy().why == "open_report"


# --- Legal holds ---


def test_under_a_legal_hold_there_is_no_end_until_it_is_lifted(space, staff):
    with time_machine.travel(day(1), tick=False):
        legal(space, staff)
        holds.place(space=space, **REPORT)
        holds.decide(space=space, key="7", upheld=False, by=staff)
        assert (copy().expires_at, copy().why) == (None, "legal")
    with time_machine.travel(day(100), tick=False):
        assert selectors.readable_copies(day(100)).exists()
        for _ in range(2):
            holds.lift_legal(space=space, key="court", by=staff)
    assert (copy().expires_at, copy().why) == (day(30), "usual")
    assert not selectors.readable_copies(day(100)).exists()
