"""Own data of a session goes in time, with what it was made of, and is made once, also when its maker is killed."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.files.storage import FileSystemStorage
from django.utils import timezone

from recordings import tasks
from recordings.models import Copy, SessionExport
from recordings.services import exports
from rooms.models import Space
from rooms.services import recording
from tests.support import recorded
from tests.support.copies import signed_in
from tests.support.races import database_url
from tests.support.recorded import Talk
from tests.support.taken import file_at, opened, page, stored, take

pytestmark = pytest.mark.django_db

SHORT = (Talk("host", 1, 5, tone=440), Talk("speaker", 5, 9, tone=880), Talk("cohost", 9, 13, tone=660))


@pytest.fixture
def space() -> Space:
    return recorded.space(SHORT, answers={"cohost": "no"})


@pytest.fixture
def ready(space) -> SessionExport:
    return take(space)


# --- Until when ---


def test_it_never_outlives_what_it_is_made_of(space):
    Copy.objects.update(expires_at=timezone.now() + timedelta(days=2))
    export = take(space)
    assert export.expires_at == Copy.objects.get().expires_at


@pytest.mark.parametrize("expires_at", [None, timedelta(days=20)])
def test_it_is_kept_for_seven_days_otherwise(space, expires_at):
    Copy.objects.update(expires_at=expires_at and timezone.now() + expires_at)
    export = take(space)
    assert export.expires_at - export.ready_at == timedelta(days=7)


def test_after_its_time_the_file_is_deleted_and_the_page_says_so(ready):
    space = ready.copy.space
    with time_machine.travel(ready.expires_at):
        assert tasks.delete_exports() == 1 and tasks.delete_exports() == 0
        assert "Deleted" in signed_in(ready.user).get(page(space)).content.decode()
    assert stored(space) == set()


def test_nothing_is_made_of_what_is_being_destroyed(space):
    exports.ask(space=space, kind="host", by=space.host)
    Copy.objects.update(state="purging", purge_claimed_at=timezone.now())
    assert tasks.make_exports() == 0 and stored(space) == set()


def test_a_maker_whose_copy_goes_meanwhile_leaves_nothing(space, monkeypatch):
    """The purge begins when the file is stored, and before it is called ready."""
    exports.ask(space=space, kind="host", by=space.host)
    save = FileSystemStorage.save

    def overtaken(self, name, content, **kwargs):
        Copy.objects.update(state="purging", purge_claimed_at=timezone.now())
        return save(self, name, content, **kwargs)

    monkeypatch.setattr(FileSystemStorage, "save", overtaken)
    assert tasks.make_exports() == 0
    assert stored(space) == set() and SessionExport.objects.get().state == "making"


def test_whoever_takes_themselves_out_is_at_once_in_no_zip_of_the_host(ready, django_capture_on_commit_callbacks):
    space = ready.copy.space
    with django_capture_on_commit_callbacks(execute=True):
        recording.answer(participant=recorded.of(space, "speaker"), by=recorded.of(space, "speaker"), yes=False)
    response = signed_in(ready.user).get(file_at(ready))
    assert response.status_code == 410
    assert tasks.delete_exports() == 1 and stored(space) == set()
    names = opened(take(space)).namelist()
    assert [name for name in names if name.endswith(".opus")] == ["audio/tracks/01-host.opus"]


def test_a_zip_that_is_being_made_meanwhile_is_begun_again(space):
    export = exports.ask(space=space, kind="host", by=space.host)
    SessionExport.objects.update(state="making", started_at=timezone.now(), file="exports/x/y.zip")
    exports.withdraw(space_id=space.pk)
    export.refresh_from_db()
    assert (export.state, export.file) == ("queued", "")
    assert tasks.make_exports() == 1


# --- Made once ---


def test_a_zip_that_cannot_be_stored_waits_and_fails_after_an_hour(space, monkeypatch):
    def full(self, *args, **kwargs):
        raise OSError("no space left")

    exports.ask(space=space, kind="host", by=space.host)
    monkeypatch.setattr(FileSystemStorage, "save", full)
    assert tasks.make_exports() == 0 and SessionExport.objects.get().state == "queued"
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        tasks.make_exports()
        assert "could not be made" in signed_in(space.host).get(page(space)).content.decode()


@pytest.mark.slow
def test_killed_before_any_of_its_writes_it_is_made_in_the_end(transactional_db):
    space = recorded.space(SHORT)
    exports.ask(space=space, kind="host", by=space.host)
    command = [sys.executable, "-m", "tests.support.dying", "make_exports", "all"]
    env = os.environ | {"DATABASE_URL": database_url(), "VAR_DIR": str(settings.VAR_DIR), "DATABASE_POOL": "1"}
    env["SECRET_KEY"] = settings.SECRET_KEY
    done = subprocess.run(command, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120)
    assert int(done.stdout.split()[-1]) > 5, done.stderr
    export = SessionExport.objects.get()
    assert export.state == "ready" and opened(export).testzip() is None
    assert export.file in stored(space)
