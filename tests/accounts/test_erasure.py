"""Erasing an account: nothing in the whole database names the person afterwards, and bans stay in force."""

import os
import subprocess
import sys
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.contrib.auth import authenticate
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage, storages
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts import letters, selectors, tasks
from accounts.addresses import mailbox_of
from accounts.models import BarredAddress, Conversation, FormerHandle, Letter, Message, Side, User
from accounts.services import closing, erasure
from rooms.identity import Person
from rooms.models import Participant, Space
from rooms.selectors import barred
from tests.accounts.test_signing_up import SIGNUP, form
from tests.support import kept
from tests.support.cast import PASSWORD, user
from tests.support.races import database_url, race

# What still names the row, which names nobody: everything else that does is to be erased. Whoever adds a table decides
# what becomes of it, in accounts.services.erasure or rooms.own_data, and gives kept.somebody() a row of it.
STAYS = {
    "accounts.Conversation.first",
    "accounts.Conversation.second",
    "accounts.FormerHandle.user",
    "accounts.Message.sender",
    "admin.LogEntry.user",
    "recordings.Hold.by",
    "recordings.StaffAccess.by",
    "rooms.InviteLink.created_by",
    "rooms.Invitation.invited_by",
    "rooms.Participant.user",
    "rooms.Space.host",
}


@pytest.fixture
def person(db) -> User:
    return kept.somebody()


@pytest.fixture
def erased(person) -> User:
    assert erasure.erase(user_id=person.pk)
    letters.send_due()
    return User.objects.get(pk=person.pk)


def naming(person: User) -> dict[str, int]:
    """How many rows of each kind name this person, over all models there are."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if field.related_model is User:
                found[f"{model._meta.label}.{field.name}"] = model.objects.filter(**{field.name: person}).count()
    return found


def traces(words: list[str], but: tuple[str, ...] = ()) -> list[str]:
    """Where in the database any of these words stands, whatever the table."""
    found = []
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - set(but):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                found += [f"{table}: {row}" for word in words if any(word in str(value) for value in row)]
    return found


# --- What is not erased ---


@pytest.mark.parametrize("closing_at", [None, timedelta(seconds=1)])
def test_an_account_that_may_still_be_kept_is_not_erased(ana, closing_at):
    with time_machine.travel(timezone.now(), tick=False):
        User.objects.filter(pk=ana.pk).update(closing_at=closing_at and timezone.now() + closing_at)
        assert tasks.erase_accounts() == 0 and not erasure.erase(user_id=ana.pk)
    assert User.objects.get(pk=ana.pk).erased_at is None


def test_what_others_wrote_stays_theirs(erased):
    assert Message.objects.exclude(sender=erased).filter(text="What they wrote themselves").count() == 2


# --- Nothing is left ---


def test_the_person_of_these_tests_has_a_row_in_every_table_that_names_people(person):
    assert [name for name, rows in naming(person).items() if not rows] == []
    assert {word for word in kept.TRACES if traces([word])} == set(kept.TRACES)


def test_nothing_names_the_erased_but_what_must(erased):
    assert {name for name, rows in naming(erased).items() if rows} == STAYS


def test_nowhere_in_the_database_stands_a_word_of_them(erased):
    assert traces(kept.TRACES, but=("accounts_formerhandle",)) == []


def test_the_row_is_nobodys(erased):
    assert erased.display_name == "Deleted account" and erased.handle.startswith("gone_")
    assert erased.email.endswith("@deleted.invalid") and not erased.has_usable_password()
    assert not erased.is_active and erased.erased_at and erased.closing_at is None


def test_nobody_signs_in_any_more(erased):
    for login in (kept.WORDS["handle"], erased.handle):
        assert authenticate(username=login, password=PASSWORD) is None


def test_their_sessions_are_over(erased):
    assert not Session.objects.exists()


def test_their_files_are_gone(person):
    file = person.exports.get().file
    assert storages["private"].exists(file) and default_storage.exists(person.avatar)
    erasure.erase(user_id=person.pk)
    assert not default_storage.exists(person.avatar)
    assert not storages["private"].exists(file)


def test_their_messages_are_a_gap_in_the_conversations_of_others(erased):
    said = Message.objects.filter(sender=erased)
    assert said.count() == 2 and not said.exclude(text="", is_erased=True).exists()


def test_others_read_that_something_was_said(erased, client):
    other = User.objects.get(handle="other")
    client.force_login(other)
    html = client.get(f"/messages/{Side.objects.get(user=other).conversation_id}/").content.decode()
    assert "A message of a deleted account" in html and "Deleted account" in html


def test_a_conversation_of_two_who_are_both_gone_is_gone(person):
    other = User.objects.get(handle="other")
    for one in (person, other):
        closing.condemn(user=one)
        erasure.erase(user_id=one.pk)
    assert not Conversation.objects.filter(first__in=[person, other], second__in=[person, other]).exists()


def test_their_spaces_are_spaces_of_nobody(erased):
    hosted = Space.objects.filter(host=erased)
    assert {(space.title, space.description, space.topics.count()) for space in hosted} == {("A Space", "", 0)}
    assert {space.state for space in hosted} == {"ended", "cancelled"}


def test_they_are_told_once_that_it_is_done(person, mailbox):
    erasure.erase(user_id=person.pk)
    assert letters.send_due() == 1 and mailbox.last(to=kept.WORDS["email"])["Subject"] == "Your account is deleted"
    assert not Letter.objects.exists()


# --- The handle ---


def test_the_handle_leads_nowhere_and_is_nobody_elses_for_thirty_days(erased, client):
    assert client.get(f"/@{kept.WORDS['handle']}/").status_code == 404
    held = FormerHandle.objects.get()
    assert (held.until - held.changed_at).days == 30
    errors = client.post(SIGNUP, form(username=kept.WORDS["handle"])).context["form"].errors
    assert errors.keys() == {"username"}
    with time_machine.travel(held.until):
        tasks.erase_accounts()
    assert traces(kept.TRACES) == []


# --- Bans ---


def test_whoever_was_removed_stays_removed_with_their_browser(erased):
    stays = Participant.objects.filter(user=erased)
    removed = stays.get(removed_at__isnull=False)
    assert barred(removed.space, Person(guest="d" * 64, device="d" * 64), None)
    assert {stay.device for stay in stays.exclude(pk=removed.pk)} == {""}


def test_whoever_was_not_suspended_may_open_another_account(erased, client, mailbox):
    assert not BarredAddress.objects.exists()
    client.post(SIGNUP, form(email=kept.WORDS["email"]))
    assert User.objects.filter(email=kept.WORDS["email"]).exists()


@pytest.mark.parametrize("address", ["Bad.Person@gmail.com", "badperson+again@googlemail.com", "b.adperson@GMAIL.com"])
def test_an_erased_and_suspended_account_opens_no_other_however_it_writes_its_address(db, client, mailbox, address):
    bad = User.objects.create_user("bad", "badperson@gmail.com", PASSWORD, is_active=False)
    closing.condemn(user=bad)
    tasks.erase_accounts()
    taken = client.post(SIGNUP, form(email=user("taken").email))
    refused = Client().post(SIGNUP, form(username="bo_berg", email=address))
    assert (refused.status_code, refused.url) == (taken.status_code, taken.url)
    assert not User.objects.get(handle="bo_berg").has_usable_password()
    assert mailbox.mails(to=address.lower()) == []
    letters.send_due()
    assert traces(["badperson"]) == []


@pytest.mark.parametrize(
    ("address", "mailbox"),
    [
        ("Ana.Lima+talks@Example.org", "ana.lima@example.org"),
        ("+@example.org", "+@example.org"),
        ("a.n.a@googlemail.com", "ana@gmail.com"),
    ],
)
def test_ways_of_writing_one_mailbox(address, mailbox):
    assert mailbox_of(address) == mailbox


# --- Killed, and at the same time ---


@pytest.mark.slow
def test_killed_before_any_of_its_writes_it_is_erased_in_the_end(transactional_db):
    person = kept.somebody()
    command = [sys.executable, "-m", "tests.support.dying", "erase", str(person.pk)]
    env = os.environ | {"DATABASE_URL": database_url(), "VAR_DIR": str(settings.VAR_DIR), "DATABASE_POOL": "1"}
    done = subprocess.run(command, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120)
    assert int(done.stdout.split()[-1]) > 20, done.stderr
    letters.send_due()
    assert User.objects.get(pk=person.pk).erased_at
    assert traces(kept.TRACES, but=("accounts_formerhandle",)) == []
    assert {name for name, rows in naming(person).items() if rows} == STAYS


@pytest.mark.slow
def test_two_workers_at_once_erase_it_once(transactional_db):
    person = kept.somebody()
    assert race("erase_accounts", ["now"] * 4) == {"done": 4}
    assert User.objects.get(pk=person.pk).erased_at and Letter.objects.count() == 1
    assert traces(kept.TRACES, but=("accounts_formerhandle", "accounts_letter")) == []


# --- By hand ---


def test_the_command_knows_nobody_by_a_wrong_handle(db):
    with pytest.raises(CommandError, match="Nobody here goes by @nobody"):
        call_command("erase_account", "nobody")


def test_the_command_erases_at_once(ana, capsys):
    call_command("erase_account", "@Ana_Lima")
    assert User.objects.get(pk=ana.pk).erased_at
    assert selectors.to_erase(timezone.now()) == []
