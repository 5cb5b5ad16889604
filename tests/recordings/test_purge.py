"""What a purge takes, what it leaves, and what becomes of it when storage fails."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.storage import FileSystemStorage

from config import health
from recordings import places, selectors
from recordings.models import Clip, Comment, Copy, Cue, Hold, Like, Replay, Segment, StaffAccess, Tombstone
from recordings.services import purge
from rooms.models import Space
from tests.support import cast, purged, recorded, replayed
from tests.support.captured import files

ENDED = datetime(2026, 11, 22, 20, 15, 30, tzinfo=UTC)
TALKS = purged.TALKS


def day(days: int, seconds: int = 0) -> datetime:
    return ENDED + timedelta(days=days, seconds=seconds)


@pytest.fixture(autouse=True)
def _one_clock(monkeypatch) -> None:
    """Tests move that of this process alone."""
    monkeypatch.setattr(purge.guard, "database_now", lambda now: now)


@pytest.fixture
def space(db, storage) -> Space:
    return recorded.space(TALKS, ended=ENDED)


@pytest.fixture
def read_only(monkeypatch):
    """Storage deletes nothing; call it to mend that."""

    def refuse(self, name) -> None:
        raise PermissionError(f"{name}: read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(FileSystemStorage, "delete", refuse)
        yield patch.undo


def copy() -> Copy:
    return Copy.objects.get()


def purge_at(moment: datetime) -> int:
    with time_machine.travel(moment, tick=False):
        return purge.purge_due()


# --- What it leaves alone ---


@pytest.mark.parametrize(("seconds", "gone"), [(-1, 0), (0, 1), (1, 1)])
@pytest.mark.parametrize(("kind", "days"), [(None, 30), ("report", 90), ("upheld", 90)])
def test_nothing_goes_before_its_second(space, kind, days, seconds, gone):
    if kind:
        Hold.objects.create(copy=copy(), kind=kind, key="1", reason="Abuse", placed_at=ENDED)
        Copy.objects.update(expires_at=day(days))
    assert purge_at(day(days, seconds)) == gone
    assert bool(files()) == (not gone) and copy().state == ("purged" if gone else "kept")


def test_what_a_hold_keeps_is_not_claimed_whatever_its_date_says(space):
    """The date was not computed anew: whoever placed the hold knows better."""
    Hold.objects.create(copy=copy(), kind="legal", key="1", reason="A court", placed_at=ENDED, **_legal())
    assert not purge.copy(copy().pk) and purge_at(day(30)) == 0
    assert (copy().state, copy().expires_at, copy().why) == ("kept", None, "legal")


def _legal() -> dict:
    return {"by": cast.user("keeper", is_staff=True), "review_on": day(60).date()}


@pytest.mark.parametrize("state", ["live", "purged"])
def test_neither_the_living_nor_the_gone_are_claimed(space, state):
    Copy.objects.update(state=state)
    assert not purge.copy(copy().pk) and files()


def test_what_somebody_has_in_hand_is_theirs(space):
    Copy.objects.update(state="purging", purge_claimed_at=day(30))
    assert purge_at(day(30, 60)) == 0 and files()
    assert purge_at(day(30, 360)) == 1, "whoever claimed it so long ago is dead"


# --- What goes, and what stays ---


def test_of_a_copy_nothing_stays_but_the_proof(space):
    keeper = cast.user("keeper", is_staff=True)
    StaffAccess.objects.create(copy=copy(), by=keeper, reason="A report of abuse", at=ENDED)
    facts = {"kind": "report", "key": "1", "reason": "Anna shouted", "placed_at": ENDED, "lifted_at": ENDED}
    Hold.objects.create(copy=copy(), **facts)
    Cue.objects.create(copy=copy(), participant=recorded.of(space, "host"), start_ms=1, end_ms=2, text="Hello")
    size = sum(Segment.objects.values_list("bytes", flat=True))
    assert purge_at(day(30, 5)) == 1
    assert not files() and not Segment.objects.exists() and not Cue.objects.exists()
    tomb = Tombstone.objects.get()
    assert (tomb.of, tomb.kind, tomb.files, tomb.bytes) == (places.tomb("copy", space.pk), "copy", 3, size)
    assert (tomb.reason, tomb.expired_at, tomb.purged_at) == ("usual", day(30), day(30, 5))
    assert (copy().state, copy().purge_claimed_at) == ("purged", None)
    assert StaffAccess.objects.get().reason == "A report of abuse" and Hold.objects.get().reason == ""


def test_no_folder_says_who_spoke(space, storage):
    assert purge_at(day(30)) == 1
    assert storage.listdir("spaces") == ([], [])


def test_files_without_rows_go_with_the_folder(space, storage):
    purged.storages["copies"].save(f"{places.space_folder(space.pk)}/strange", purged.ContentFile(b"?"))
    assert purge_at(day(30)) == 1 and not files()


def test_again_nothing_happens(space):
    assert (purge_at(day(30)), purge_at(day(30)), purge_at(day(31))) == (1, 0, 0)
    assert Tombstone.objects.count() == 1


def test_the_words_of_a_replay_that_is_kept_for_good_go_with_it(space):
    replay = replayed.replay(space, TALKS, for_good=True, expires_at=None)
    speaker = recorded.of(space, "speaker")
    for who in ("host", "speaker"):
        Cue.objects.create(copy=copy(), participant=recorded.of(space, who), start_ms=1, end_ms=2, text=who)
    type(speaker).objects.filter(pk=speaker.pk).update(recording_answer="no")
    assert purge_at(day(30)) == 1 and list(Cue.objects.values_list("text", flat=True)) == ["host"]
    purge.replay(replay=replay)
    assert purge_at(day(31)) == 1 and not Cue.objects.exists()


# --- Replays ---


@pytest.mark.parametrize(("seconds", "gone"), [(-1, 0), (0, 2), (1, 2)])
def test_a_replay_goes_from_its_second_on(space, seconds, gone):
    replayed.replay(space, TALKS)
    assert purge_at(day(30, seconds)) == gone
    assert Replay.objects.get().state == ("deleted" if gone else "ready")


def test_one_that_is_for_good_stays(space):
    replay = replayed.replay(space, TALKS, for_good=True, expires_at=None)
    assert purge_at(day(400)) == 0, "nearly everything, years late: the clock"
    purge.guard.allow(day(400))
    assert purge_at(day(400)) == 1 and files() == {replay.m4a, replay.opus}


def test_what_the_host_deleted_is_unreadable_at_once_and_gone_with_the_next_round(space):
    replay = replayed.replay(space, TALKS)
    for model, facts in {
        Like: {"at": ENDED},
        Comment: {"at_ms": 1, "text": "Well said", "written_at": ENDED},
        Clip: {"title": "Mine", "start_ms": 0, "length_ms": 9, "made_at": ENDED},
    }.items():
        model.objects.create(replay=replay, user=space.host, **facts)
    with time_machine.travel(day(3), tick=False):
        for _ in range(2):
            purge.replay(replay=replay)
    assert not selectors.readable_replays(day(3)).exists() and files(places.REPLAYS)
    assert purge_at(day(3, 60)) == 1 and not files(places.REPLAYS) and files(places.SPACES)
    tomb = Tombstone.objects.get()
    assert (tomb.kind, tomb.files, tomb.reason, tomb.expired_at) == ("replay", 2, "deleted", day(3))
    assert tomb.bytes == replay.m4a_bytes + replay.opus_bytes
    gone = Replay.objects.get()
    assert not any(model.objects.exists() for model in (Like, Comment, Clip))
    assert (gone.title, gone.voices, gone.chapters, gone.peaks) == ("", [], [], [])


def test_a_mixing_that_never_came_to_anything_leaves_no_proof_of_files(space):
    Replay.objects.create(space=space, state="failed", title="Mine", wanted_at=ENDED, expires_at=day(10))
    assert purge_at(day(10)) == 1 and not Tombstone.objects.exists()


# --- When storage fails ---


def test_storage_that_refuses_for_three_days_is_asked_again_and_never_taken_for_done(space, read_only, caplog, client):
    assert purge_at(day(30)) == 0
    assert (copy().state, copy().purge_failures) == ("purging", 1) and "read-only" in copy().purge_error
    assert "could not be destroyed" in caplog.text and not selectors.readable_copies(day(30)).exists()
    asked = {copy().purge_failures: day(30)}
    for minutes in range(1, 3 * 24 * 60 + 1, 10):
        moment = day(30) + timedelta(minutes=minutes)
        assert purge_at(moment) == 0
        asked.setdefault(copy().purge_failures, moment)
    tries = list(asked.values())
    gaps = [later - earlier for earlier, later in zip(tries, tries[1:], strict=False)]
    assert len(tries) > 60 and max(gaps) <= timedelta(minutes=70) and gaps[0] < timedelta(minutes=25)
    assert Segment.objects.exists() and not Tombstone.objects.exists() and files()
    assert "should have been destroyed 1 day" in caplog.text
    with time_machine.travel(day(33), tick=False):
        assert client.get("/readyz").json()["overdue_seconds"] == 3 * 86_400
        assert health.overdue(day(33)) == timedelta(days=3)
    read_only()
    assert purge_at(day(33, 7200)) == 1 and not files()
    assert (copy().state, copy().purge_failures, copy().purge_error) == ("purged", 0, "")
    assert health.overdue(day(34)) == timedelta(0)


def test_storage_that_only_says_it_deleted_is_not_believed(space, monkeypatch, caplog):
    monkeypatch.setattr(FileSystemStorage, "delete", lambda self, name: None)
    assert purge_at(day(30)) == 0
    assert copy().state == "purging" and "3 files" in caplog.text and Segment.objects.count() == 3


def test_files_that_are_gone_already_are_no_fault(space):
    for name in files():
        purged.storages["copies"].delete(name)
    assert purge_at(day(30)) == 1 and Tombstone.objects.get().files == 3


def test_one_that_fails_holds_up_no_other(space, monkeypatch):
    other = recorded.space((recorded.Talk("host", 1, 2, tone=300),), ended=ENDED)
    stuck, delete = places.space_folder(space.pk), FileSystemStorage.delete

    def sometimes(self, name) -> None:
        if name.startswith(stuck):
            raise OSError("bad sector")
        delete(self, name)

    monkeypatch.setattr(FileSystemStorage, "delete", sometimes)
    assert purge_at(day(30)) == 1
    assert {row.space_id: row.state for row in Copy.objects.all()} == {space.pk: "purging", other.pk: "purged"}


def test_a_round_takes_no_more_than_its_batch(space, settings):
    settings.PURGE_BATCH = 2
    for _ in range(2):
        recorded.space((recorded.Talk("host", 1, 2, tone=300),), ended=ENDED)
    assert (purge_at(day(30)), purge_at(day(30, 60))) == (2, 1)
