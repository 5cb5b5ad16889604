"""How a replay comes to be, what it is mixed of, and what becomes of it when that changes."""

from datetime import timedelta
from itertools import islice

import numpy as np
import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.utils import timezone

from recordings import mixing, places, selectors, tasks
from recordings.models import Copy, Replay, Segment
from recordings.receivers import keep_what_was_captured
from recordings.services import replays
from rooms.models import Space
from rooms.services import recording, spaces
from tests.support import captured, recorded, sound
from tests.support.recorded import Talk

TALKS = (Talk("host", 1, 5, tone=440), Talk("speaker", 5, 9, tone=1000))

pytestmark = pytest.mark.django_db


def replay_of(space: Space) -> Replay:
    return Replay.objects.get(space=space)


@pytest.fixture(autouse=True)
def _every_change_at_once(settings) -> None:
    settings.ROSTER_INTERVAL = settings.CARD_INTERVAL = 0


def over(talks=TALKS, **fields) -> Space:
    """Ended long enough ago to be mixed."""
    return recorded.space(talks, ended=timezone.now() - timedelta(minutes=1), **fields)


def mixed(space: Space) -> Replay:
    replays.begin(space_id=space.pk)
    assert replays.make_waiting() == 1
    return replay_of(space)


def heard(replay: Replay, kind: str = "opus") -> np.ndarray:
    return sound.read_opus(storages["copies"].path(getattr(replay, kind)))


def has_tone(samples: np.ndarray, hertz: float) -> bool:
    spectrum = np.abs(np.fft.rfft(samples))
    at = round(hertz * len(samples) / 48_000)
    return spectrum[at - 20 : at + 20].max() > 0.05 * spectrum.max()


def files(replay: Replay) -> set[str]:
    return captured.files(places.replay_folder(replay.space_id))


def withdraw(space: Space, name: str) -> None:
    stay = recorded.of(space, name)
    recording.answer(participant=stay, by=stay, yes=False)


# --- No replay ---


def test_nothing_comes_of_a_space_that_was_never_recorded():
    space = recorded.space(TALKS, recorded=[])
    replays.begin(space_id=space.pk)
    replays.catch_up()
    assert not Replay.objects.exists()


def test_nothing_comes_of_one_whose_time_is_over(settings):
    space = recorded.space(TALKS, ended=timezone.now() - timedelta(days=settings.RETENTION_DAYS))
    replays.begin(space_id=space.pk)
    replays.catch_up()
    assert not Replay.objects.exists()


def test_it_is_empty_where_nobody_agreed():
    replay = mixed(over(answers={"host": "no", "speaker": "none"}))
    assert (replay.state, replay.m4a, files(replay)) == ("empty", "", set())


def test_it_waits_until_the_last_segments_are_in():
    space = recorded.space(TALKS)
    replays.begin(space_id=space.pk)
    assert replays.make_waiting() == 0
    assert replay_of(space).state == "waiting"


def test_what_cannot_be_mixed_is_tried_three_times_and_then_said(monkeypatch):
    space = recorded.space(TALKS)
    replays.begin(space_id=space.pk)
    monkeypatch.setattr(mixing, "run", lambda *_: (_ for _ in ()).throw(mixing.MixingFailed("out of memory")))
    at = timezone.now() + replays.SETTLE
    for state in ("waiting", "waiting", "failed"):
        with time_machine.travel(at, tick=False):
            assert replays.make_waiting() == 0
        assert replay_of(space).state == state
        at = replay_of(space).wanted_at
    assert "out of memory" in replay_of(space).error
    assert not list(mixing.folder("").iterdir())


# --- Made ---


def test_who_agreed_is_in_it_and_nobody_else():
    replay = mixed(over(answers={"speaker": "no"}))
    assert replay.state == "ready"
    for kind in mixing.KINDS:
        sound_of_it = heard(replay, kind)
        assert has_tone(sound_of_it, 440) and not has_tone(sound_of_it, 1000)
    assert files(replay) == {replay.m4a, replay.opus}
    assert {who for who, _, _ in replay.voices} == {str(recorded.of(replay.space, "host").pk)}


def test_the_end_of_a_recorded_space_is_enough(room, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        recording.start(space=room.space, by=room.host)
        spaces.end(space=room.space, by=room.host)
    replay = replay_of(room.space)
    assert (replay.state, replay.title) == ("waiting", room.space.title)
    assert replay.expires_at == Space.objects.get(pk=room.space.pk).ended_at + timedelta(days=30)


def test_an_end_that_was_told_to_nobody_is_found():
    space = recorded.space(TALKS)
    replays.catch_up()
    assert replay_of(space).wanted_at == space.ended_at + replays.SETTLE


def test_it_says_what_there_is_to_see():
    replay = mixed(over())
    host, speaker = (str(recorded.of(replay.space, name).pk) for name in ("host", "speaker"))
    assert replay.duration_ms == pytest.approx(8000, abs=1000)
    assert [who for who, _, _ in replay.voices] == [host, speaker]
    assert {(each["title"], each["participant"]) for each in replay.chapters} <= {("Host", host), ("Speaker", speaker)}
    assert 50 < len(replay.peaks) <= 1000 and max(replay.peaks) == 255
    at, unix_us, length = replay.pieces[0]
    assert at == 0 and length == pytest.approx(8000, abs=1000)
    assert unix_us / 1e6 == pytest.approx(replay.space.started_at.timestamp() + 1, abs=0.5)
    assert replay.loudness == pytest.approx(-16, abs=1)
    for kind in mixing.KINDS:
        assert storages["copies"].size(getattr(replay, kind)) == getattr(replay, f"{kind}_bytes")


def test_repeating_it_changes_nothing():
    replay = mixed(over())
    replays.begin(space_id=replay.space_id)
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert tasks.make_replays() == 0
    assert replay_of(replay.space).claim == replay.claim


# --- Made anew ---


def test_a_segment_that_comes_late_is_mixed_in(tmp_path):
    replay = mixed(over(lasted=20))
    late = captured.segment(
        recorded.of(replay.space, "host"),
        tmp_path,
        at_us=round((replay.space.started_at.timestamp() + 12) * 1e6),
    )
    late.path.write_bytes(recorded.ogg(list(islice(recorded.voice("host", 700), 200))))
    keep_what_was_captured(sender=None, segment=late)
    assert replay_of(replay.space).state == "waiting"
    with time_machine.travel(timezone.now() + replays.SETTLE):
        assert replays.make_waiting() == 1
    again = replay_of(replay.space)
    assert again.duration_ms > replay.duration_ms + 5000
    assert files(again) == {again.m4a, again.opus}


def test_who_takes_themselves_out_is_out(django_capture_on_commit_callbacks):
    replay = mixed(over())
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(replay.space, "speaker")
    assert not selectors.readable_replays(timezone.now()).exists()
    assert replays.make_waiting() == 1
    again = replay_of(replay.space)
    assert again.state == "ready" and has_tone(heard(again), 440) and not has_tone(heard(again), 1000)
    assert files(again) == {again.m4a, again.opus} and replay.m4a not in files(again)


def test_a_withdrawal_that_was_told_to_nobody_is_found():
    replay = mixed(over())
    withdraw(replay.space, "speaker")
    assert replays.make_waiting() == 1
    assert not has_tone(heard(replay_of(replay.space)), 1000)
    assert replays.make_waiting() == 0


def test_a_withdrawal_during_the_mixing_is_not_missed(monkeypatch):
    space = over()
    replays.begin(space_id=space.pk)
    run = mixing.run

    def withdrawn_meanwhile(*arguments):
        result = run(*arguments)
        if recorded.of(space, "speaker").recording_answer == "yes":
            withdraw(space, "speaker")
        return result

    monkeypatch.setattr(mixing, "run", withdrawn_meanwhile)
    replays.make_waiting()
    assert replay_of(space).state == "waiting"
    replays.make_waiting()
    replay = replay_of(space)
    assert replay.state == "ready" and not has_tone(heard(replay), 1000)
    assert files(replay) == {replay.m4a, replay.opus}


def test_who_takes_themselves_out_after_the_sources_are_gone_is_silenced():
    replay = mixed(over())
    Segment.objects.all().delete()
    Copy.objects.update(state=Copy.State.PURGED)
    Replay.objects.update(for_good=True, expires_at=None)
    withdraw(replay.space, "speaker")
    assert replays.make_waiting() == 1
    again = replay_of(replay.space)
    assert (again.state, again.duration_ms) == ("ready", pytest.approx(replay.duration_ms, abs=400))
    assert has_tone(heard(again), 440) and not has_tone(heard(again), 1000)
    assert again.pieces == replay.pieces
    withdraw(replay.space, "host")
    assert replays.make_waiting() == 1
    assert (replay_of(replay.space).state, files(again)) == ("empty", set())


def test_moments_stay_where_they_were_when_the_beginning_goes():
    replay = mixed(over())
    replay.comments.create(user=replay.space.host, at_ms=6000, text="There", written_at=timezone.now())
    replay.comments.create(user=replay.space.host, at_ms=1000, text="Here", written_at=timezone.now())
    Replay.objects.update(starts_at_ms=5000)
    withdraw(replay.space, "host")
    assert replays.make_waiting() == 1
    again = replay_of(replay.space)
    assert again.starts_at_ms == pytest.approx(1000, abs=500)
    assert [each.at_ms for each in again.comments.all()] == [0, pytest.approx(2000, abs=500)]


# --- Claims ---


def test_of_two_makers_one_mixes():
    space = recorded.space(TALKS)
    replays.begin(space_id=space.pk)
    with time_machine.travel(timezone.now() + replays.SETTLE):
        first, second = (replay_of(space) for _ in range(2))
        assert replays.make(first)
        assert not replays.make(second)
    assert replay_of(space).claim == first.claim


def test_a_mixing_whose_maker_was_killed_is_taken_over_after_its_lease():
    space = recorded.space(TALKS)
    replays.begin(space_id=space.pk)
    killed = mixing.folder("of-the-killed")
    killed.mkdir(parents=True)
    now = timezone.now() + timedelta(minutes=1)
    Replay.objects.update(state="mixing", claim="of-the-killed", claimed_at=now, attempts=1)
    left = places.replay(space.pk, "of-the-killed", "m4a")
    storages["copies"].save(left, ContentFile(b"half of it"))
    with time_machine.travel(now + replays.LEASE - timedelta(seconds=1), tick=False):
        assert replays.make_waiting() == 0
    with time_machine.travel(now + replays.LEASE):
        assert replays.make_waiting() == 1
    replay = replay_of(space)
    assert files(replay) == {replay.m4a, replay.opus}
    assert not killed.exists()


def test_whoever_lost_the_claim_writes_nothing(monkeypatch):
    space = over()
    replays.begin(space_id=space.pk)
    run = mixing.run

    def superseded(*arguments):
        result = run(*arguments)
        replays.mix_anew(space_id=space.pk, at=timezone.now() + timedelta(hours=1))
        return result

    monkeypatch.setattr(mixing, "run", superseded)
    assert replays.make_waiting() == 0
    assert (replay_of(space).state, captured.files(places.replay_folder(space.pk))) == ("waiting", set())
