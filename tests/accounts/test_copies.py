"""A copy of one's own data: asked for by oneself alone, got by oneself alone, gone after its time."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.core.files.storage import FileSystemStorage
from django.test import AsyncClient
from django.urls import reverse
from django.utils import timezone

from accounts import letters, links, tasks
from accounts.models import AccountExport, User
from accounts.rules import Refused
from accounts.services import copies
from tests.accounts.conftest import SECRET
from tests.support.cast import user
from tests.support.copies import in_storage, make, signed_in

pytestmark = pytest.mark.django_db

ASK = "/me/data/copies/"


def address(copy: AccountExport, token: str = "") -> str:
    return reverse("export_file", args=[copy.pk, token or links.token(copy, timezone.now())])


@pytest.fixture
def ready(ana) -> AccountExport:
    return make(ana)


# --- Asking ---


def test_a_stranger_asks_for_nothing(client):
    assert client.post(ASK).status_code == 403


def test_nobody_gets_a_copy_without_saying_who_they_are(ana):
    assert signed_in(ana).post(ASK).url.startswith("/account/reauthenticate/")
    assert not AccountExport.objects.exists()


def test_with_the_password_one_is_asked_for(ana):
    client = signed_in(ana)
    client.post(client.post(ASK).url, {"password": SECRET, "next": ASK})
    assert AccountExport.objects.get().state == "queued"
    html = client.get(reverse("own_data")).content.decode()
    assert "Waiting for its turn" in html and 'hx-trigger="every 2s"' in html


def test_one_at_a_time(ana):
    assert copies.ask(by=ana) == copies.ask(by=ana)


def test_a_third_in_a_day_is_refused_and_the_next_day_it_is_not(ana):
    for _ in range(2):
        make(ana)
    with pytest.raises(Refused, match="copies_spent"):
        copies.ask(by=ana)
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert copies.ask(by=ana).state == "queued"


def test_whoever_is_leaving_may_take_a_copy(ana):
    User.objects.filter(pk=ana.pk).update(closing_at=timezone.now() + timedelta(days=3))
    client = signed_in(ana)
    assert client.post(client.post(ASK).url, {"password": SECRET, "next": ASK}).url == reverse("closing")
    assert "Waiting for its turn" in client.get(reverse("closing")).content.decode()


def test_whoever_asked_is_told_by_mail(ready, mailbox):
    letters.send_due()
    assert mailbox.last()["Subject"] == "The copy of your data is ready"
    assert "/me/data/" in mailbox.last().get_content()


# --- Getting it ---


def test_a_link_is_made_for_its_owner_alone(ready):
    other = signed_in(user("bo"))
    assert other.post(reverse("copy_link", args=[ready.pk])).status_code == 404
    assert other.get(address(ready)).status_code == 404


def test_without_signing_in_a_link_opens_nothing(client, ready):
    assert client.get(address(ready)).url.startswith("/account/login/")


def test_a_wrong_token_opens_nothing(ana, ready):
    stolen = links.token(make(user("bo")), timezone.now())
    for token in ("x", stolen, links.token(ready, timezone.now())[:-1]):
        assert signed_in(ana).get(address(ready, token)).status_code == 404


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 404), (1, 404)])
def test_a_link_holds_for_a_quarter_of_an_hour(ana, ready, seconds, status):
    token = links.token(ready, timezone.now().replace(microsecond=0))
    with time_machine.travel(
        timezone.now().replace(microsecond=0) + timedelta(minutes=15, seconds=seconds), tick=False
    ):
        response = signed_in(ana).get(address(ready, token))
    assert response.status_code == status
    response.close()


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 410), (1, 410)])
def test_it_is_unreadable_from_the_second_it_expires(ana, ready, seconds, status):
    with time_machine.travel(ready.expires_at + timedelta(seconds=seconds), tick=False):
        client = signed_in(ana)
        assert client.post(reverse("copy_link", args=[ready.pk])).status_code == status
        response = client.get(address(ready))
    assert response.status_code == status
    response.close()


def test_the_button_makes_a_link_that_says_how_long_it_holds(ana, ready):
    html = signed_in(ana).post(reverse("copy_link", args=[ready.pk])).content.decode()
    assert "Download it" in html and "15 minutes" in html


async def test_the_file_comes_in_pieces_with_its_name_and_size(transactional_db, ana):
    copy = await sync_to_async(make)(ana)
    client = AsyncClient()
    await client.aforce_login(ana)
    response = await client.get(await sync_to_async(address)(copy))
    data = b"".join([piece async for piece in response.streaming_content])
    assert hashlib.sha256(data).hexdigest() == copy.sha256
    assert response["Content-Length"] == str(copy.size) and response["Content-Type"] == "application/zip"
    assert "no-store" in response["Cache-Control"]
    assert response["Content-Disposition"].startswith('attachment; filename="openfloor-ana_lima-')


# --- Going ---


def test_after_seven_days_the_file_is_deleted_and_the_page_says_so(ana, ready):
    with time_machine.travel(ready.expires_at):
        assert tasks.delete_copies() == 1 and tasks.delete_copies() == 0
        assert "Deleted" in signed_in(ana).get(reverse("own_data")).content.decode()
    assert in_storage() == set() and AccountExport.objects.get().state == "deleted"


def test_storage_that_is_away_is_asked_again(ready, monkeypatch):
    def away(self, name):
        raise OSError("storage is away")

    with time_machine.travel(ready.expires_at):
        with monkeypatch.context() as patch:
            patch.setattr(FileSystemStorage, "delete", away)
            assert tasks.delete_copies() == 0
        assert AccountExport.objects.get().state == "ready"
        assert tasks.delete_copies() == 1
