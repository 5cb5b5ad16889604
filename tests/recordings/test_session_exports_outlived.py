"""What is in a session that its host takes with them may have to go: somebody takes themselves out, the replay ends."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from recordings import tasks
from recordings.models import Copy, Replay, SessionExport
from recordings.services import editing, exports, replays
from rooms.models import Space
from rooms.services import recording
from tests.support import recorded, replayed
from tests.support.copies import signed_in
from tests.support.recorded import Talk
from tests.support.taken import file_at, link_at, opened, stored, take

SHORT = (Talk("host", 1, 5, tone=440), Talk("speaker", 5, 9, tone=880))
MIX = {"audio/replay.m4a", "audio/replay.opus"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def space() -> Space:
    """With a replay, and a copy that is kept longer than that."""
    made = recorded.space(SHORT)
    Copy.objects.update(expires_at=made.ended_at + timedelta(days=90))
    replayed.replay(made, SHORT)
    return made


def withdraw(space: Space) -> None:
    """Told to nobody: what is done on commit is not done."""
    stay = recorded.of(space, "speaker")
    recording.answer(participant=stay, by=stay, yes=False)


def delete(space: Space) -> None:
    editing.delete(replay=Replay.objects.get(space=space), by=space.host)


def mix_anew(space: Space) -> None:
    replays.mix_anew(space_id=space.pk, at=timezone.now())


def meanwhile(monkeypatch, happens: Callable[[], None]) -> None:
    """When the zip is stored, and not yet called ready."""
    save = FileSystemStorage.save

    def overtaken(self, name, content, **kwargs):
        happens()
        return save(self, name, content, **kwargs)

    monkeypatch.setattr(FileSystemStorage, "save", overtaken)


def is_gone(export: SessionExport) -> bool:
    """Nobody can read it, and the next round deletes it."""
    client = signed_in(export.user)
    statuses = {client.post(link_at(export)).status_code, client.get(file_at(export)).status_code}
    return statuses == {410} and tasks.delete_exports() == 1 and stored(export.copy.space) == set()


def test_a_withdrawal_that_was_told_to_nobody_takes_the_zip_away(space):
    export = take(space)
    withdraw(space)
    assert is_gone(export)


def test_a_withdrawal_that_was_told_to_nobody_takes_nobody_elses_words_away(space):
    export = take(space)
    SessionExport.objects.update(kind="speaker", user=recorded.person("speaker"))
    withdraw(space)
    response = signed_in(recorded.person("speaker")).get(file_at(export))
    assert response.status_code == 200 and tasks.delete_exports() == 0
    response.close()


def test_what_is_made_after_a_withdrawal_that_was_told_to_nobody_is_without_them(space):
    """Also without the replay, until that is mixed anew."""
    withdraw(space)
    names = set(opened(take(space)).namelist())
    assert "audio/tracks/01-host.opus" in names and not names & (MIX | {"audio/tracks/02-speaker.opus"})


@pytest.mark.parametrize("happens", [withdraw, delete, mix_anew])
def test_what_changes_while_it_is_made_is_found_in_the_end(space, monkeypatch, happens):
    exports.ask(space=space, kind="host", by=space.host)
    meanwhile(monkeypatch, lambda: happens(space))
    assert tasks.make_exports() == 0 and stored(space) == set()
    monkeypatch.undo()
    with time_machine.travel(timezone.now() + exports.LEASE):
        assert tasks.make_exports() == 1
    names = set(opened(SessionExport.objects.get()).namelist())
    assert not names & MIX and ("audio/tracks/02-speaker.opus" in names) == (happens is not withdraw)


def test_it_never_outlives_the_replay_in_it(space):
    Replay.objects.update(expires_at=timezone.now() + timedelta(days=2))
    export = take(space)
    assert MIX <= set(opened(export).namelist()) and export.expires_at == Replay.objects.get().expires_at
    delete(space)
    assert is_gone(export)


def test_it_goes_with_a_replay_that_was_not_to_end_when_it_was_made(space):
    Replay.objects.update(for_good=True, expires_at=None)
    export, until = take(space), timezone.now() + timedelta(days=1)
    assert export.expires_at > until
    Replay.objects.update(for_good=False, expires_at=until)
    with time_machine.travel(until, tick=False):
        assert is_gone(export)


def test_without_a_replay_it_is_kept_as_long_as_any(space):
    delete(space)
    export = take(space)
    assert export.expires_at - export.ready_at == timedelta(days=7)
    assert not set(opened(export).namelist()) & MIX
