"""Making a copy of somebody's data: true to its manifest, in little memory, once, also when its maker is killed."""

import hashlib
import json
import os
import resource
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.urls import reverse
from django.utils import timezone

from accounts import selectors, tasks
from accounts.models import AccountExport, Conversation, Follow, Message, Side, User
from accounts.services import copies, notifications
from tests.support import kept
from tests.support.cast import user
from tests.support.copies import in_storage, make, opened, rows, signed_in
from tests.support.races import database_url

pytestmark = pytest.mark.django_db


@pytest.fixture
def ready(ana) -> AccountExport:
    return make(ana)


# --- What it holds ---


def test_the_manifest_is_true_to_the_byte(ready):
    archive = opened(ready)
    assert archive.testzip() is None
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format"] == "openfloor-account/1" and manifest["account"] == "ana_lima"
    assert {each["path"] for each in manifest["files"]} | {"manifest.json"} == set(archive.namelist())
    for each in manifest["files"]:
        data = archive.read(each["path"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (each["bytes"], each["sha256"])
        assert each["what"] and each["rows"] in (None, len(data.splitlines()))


def test_the_row_is_true_to_the_file(ready):
    with storages["private"].open(ready.file) as file:
        data = file.read()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (ready.size, ready.sha256)
    assert ready.done == ready.parts > 15


def test_it_holds_something_of_everything_and_no_secret():
    person = kept.somebody()
    archive = opened(make(person))
    empty = {name for name in archive.namelist() if not archive.read(name)}
    assert empty == set()
    said = {row["text"] for row in rows(archive, "accounts/messages.jsonl")}
    assert said == {kept.SAID, "What they wrote themselves", ""}, "words, and an invitation"
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert person.password.encode() not in everything and kept.ENDPOINT.encode() not in everything
    assert kept.SECRET.encode() not in everything
    assert b"other@example.org" not in everything
    assert "Zanzibar Quill" in archive.read("README.txt").decode()


def test_people_whom_nobody_meets_any_more_do_not_stand_in_it(ana):
    people = {name: user(name) for name in ("open", "leaving", "suspended")}
    for person in people.values():
        Follow.objects.create(follower=person, followed=ana)
        notifications.tell(kind="follow", users=[ana.pk], actor=person.pk)
    User.objects.filter(handle="leaving").update(closing_at=timezone.now() + timedelta(days=1))
    User.objects.filter(handle="suspended").update(is_active=False)
    archive = opened(make(ana))
    assert [row["handle"] for row in rows(archive, "accounts/followers.jsonl")] == ["open"]
    assert [row["of"]["handle"] for row in rows(archive, "accounts/notifications.jsonl")] == ["open"]


def test_what_one_deleted_for_oneself_is_not_in_it(ana):
    bo = user("bo")
    talk = Conversation.objects.create(first=ana, second=bo, created_at=timezone.now())
    said = [
        Message.objects.create(conversation=talk, sender=sender, text=text, created_at=timezone.now(), **gone)
        for sender, text, gone in [
            (ana, "cleared", {}),
            (ana, "gone for me", {"gone_for_sender": True}),
            (bo, "put away", {"gone_for_recipient": True}),
            (bo, "gone for bo", {"gone_for_sender": True}),
        ]
    ]
    for one, upto in ((ana, said[0].pk), (bo, 0)):
        Side.objects.create(conversation=talk, user=one, cleared_up_to=upto, last_message_at=timezone.now())
    assert [row["text"] for row in rows(opened(make(ana)), "accounts/messages.jsonl")] == ["gone for bo"]


@pytest.mark.slow
def test_a_hundred_thousand_messages_take_no_more_queries_and_little_memory(ana, django_assert_max_num_queries):
    bo = user("bo")
    talk = Conversation.objects.create(first=ana, second=bo, created_at=timezone.now())
    for one in (ana, bo):
        Side.objects.create(conversation=talk, user=one, last_message_at=timezone.now())
    moment = timezone.now()
    for _ in range(20):
        Message.objects.bulk_create(
            Message(conversation=talk, sender=bo, text="words " * 20, created_at=moment) for _ in range(5000)
        )
    copy = copies.ask(by=ana)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with django_assert_max_num_queries(80):
        assert copies.make(AccountExport.objects.select_related("user").get(pk=copy.pk))
    # Kilobytes at the worst moment so far; the messages alone are 12,000.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 8_000
    assert len(rows(opened(AccountExport.objects.get()), "accounts/messages.jsonl")) == 100_000


# --- Made once ---


def test_a_copy_that_cannot_be_stored_waits_and_fails_after_an_hour(ana, monkeypatch):
    def full(self, *args, **kwargs):
        raise OSError("no space left")

    monkeypatch.setattr(FileSystemStorage, "save", full)
    copies.ask(by=ana)
    assert tasks.make_copies() == 0 and AccountExport.objects.get().state == "queued"
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        tasks.make_copies()
        assert "could not be made" in signed_in(ana).get(reverse("own_data")).content.decode()
    assert AccountExport.objects.get().state == "failed"


def test_a_maker_who_lost_the_copy_to_another_leaves_nothing(ana, monkeypatch):
    """The first is slow to store it; meanwhile its lease is over and the second has made it."""
    copy = copies.ask(by=ana)
    slow, quick = (AccountExport.objects.select_related("user").get(pk=copy.pk) for _ in range(2))
    save = FileSystemStorage.save

    def overtaken(self, name, content, **kwargs):
        if name == slow.file:
            quick.refresh_from_db()
            assert copies.make(quick)
        return save(self, name, content, **kwargs)

    monkeypatch.setattr(FileSystemStorage, "save", overtaken)
    assert not copies.make(slow)
    assert in_storage() == {AccountExport.objects.get().file} == {quick.file}


def test_of_two_who_find_it_waiting_one_makes_it(ana):
    copy = copies.ask(by=ana)
    first, second = (AccountExport.objects.select_related("user").get(pk=copy.pk) for _ in range(2))
    assert [copies.make(first), copies.make(second)] == [True, False]


def test_a_copy_under_way_is_not_taken_over_before_its_lease_is_over(ana):
    copies.ask(by=ana)
    now = timezone.now()
    AccountExport.objects.update(state="making", started_at=now, file="copies/x.zip")
    assert not selectors.copies_to_make(now + copies.LEASE - timedelta(seconds=1), copies.LEASE).exists()
    assert selectors.copies_to_make(now + copies.LEASE, copies.LEASE).exists()


@pytest.mark.slow
def test_killed_before_any_of_its_writes_it_is_made_in_the_end_and_nothing_else_is_left(transactional_db, tmp_path):
    ana, bo = user("ana"), user("bo")
    Follow.objects.create(follower=ana, followed=bo)
    copies.ask(by=ana)
    command = [sys.executable, "-m", "tests.support.dying", "make_copies", "all"]
    home = settings.STORAGES["private"]["OPTIONS"]["location"]
    env = os.environ | {"DATABASE_URL": database_url(), "VAR_DIR": str(home.parent), "DATABASE_POOL": "1"}
    env["SECRET_KEY"] = settings.SECRET_KEY
    done = subprocess.run(command, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120)
    assert int(done.stdout.split()[-1]) > 10, done.stderr
    copy = AccountExport.objects.get()
    assert copy.state == "ready" and opened(copy).testzip() is None
    tasks.delete_copies()
    assert in_storage() == {copy.file}
