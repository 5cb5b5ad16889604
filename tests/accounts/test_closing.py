"""The end of an account as its person asks for it: who they are is asked first, nobody meets them, and it is undone."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import letters, selectors
from accounts.models import Follow, Letter, User
from accounts.rules import Refused
from accounts.services import closing
from tests.accounts.conftest import SECRET
from tests.support.cast import user

pytestmark = pytest.mark.django_db

REAUTHENTICATE = "/account/reauthenticate/"


def sign_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def close(client: Client):
    """As one does: the button, one's password, and on."""
    asked = client.post(reverse("closing"))
    return client.post(asked.url, {"password": SECRET, "next": reverse("closing")})


@pytest.fixture
def closed(ana) -> User:
    return closing.close(by=ana)


def test_a_stranger_closes_nothing(client):
    assert client.post(reverse("closing")).status_code == 403


def test_nobody_closes_an_account_without_saying_who_they_are(ana):
    client = sign_in(ana)
    assert client.post(reverse("closing")).url.startswith(REAUTHENTICATE)
    assert User.objects.get(pk=ana.pk).closing_at is None


def test_a_wrong_password_closes_nothing(ana):
    client = sign_in(ana)
    asked = client.post(reverse("closing"))
    assert client.post(asked.url, {"password": "wrong", "next": reverse("closing")}).status_code == 200
    assert User.objects.get(pk=ana.pk).closing_at is None


def test_with_the_password_it_closes_in_seven_days(ana):
    client = sign_in(ana)
    with time_machine.travel(timezone.now(), tick=False):
        assert close(client).url == reverse("closing")
        assert User.objects.get(pk=ana.pk).closing_at == timezone.now() + timedelta(days=7)


def test_every_other_session_ends(ana):
    here, elsewhere = Client(), Client()
    for client in (here, elsewhere):
        client.post("/account/login/", {"login": ana.handle, "password": SECRET})
    close(here)
    assert here.get(reverse("closing")).status_code == 200
    assert elsewhere.get(reverse("closing")).url.startswith("/account/login/")


def test_asked_twice_it_keeps_its_date_and_tells_nobody_again(ana, closed, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as published:
        assert closing.close(by=ana).closing_at == closed.closing_at
    assert published == [] and Letter.objects.count() == 1


def test_whoever_closes_is_told_by_mail_how_to_undo_it(ana, mailbox):
    closing.close(by=ana)
    assert letters.send_due() == 1
    mail = mailbox.last(to=ana.email)
    assert mail["Subject"] == "Your account will be deleted"
    assert "Keep my account" in mail.get_content() and "/account/login/" in mail.get_content()
    assert letters.send_due() == 0 and not Letter.objects.exists()


def test_nobody_meets_a_closing_account(closed, client):
    assert client.get(closed.get_absolute_url()).status_code == 404
    with pytest.raises(User.DoesNotExist):
        selectors.person(closed.handle)
    bo = user("bo")
    Follow.objects.create(follower=bo, followed=closed)
    assert selectors.followed_people(bo) == []


@pytest.mark.parametrize("page", ["home", "profile_edit", "own_data", "calendar", "space_new", "account_email"])
def test_every_page_leads_to_the_one_page(closed, page):
    assert sign_in(closed).get(reverse(page)).url == reverse("closing")


def test_commands_are_refused(closed):
    other = user("bo")
    response = sign_in(closed).put(reverse("follow", args=[other.handle]), headers={"HX-Request": "true"})
    assert response.status_code == 403 and "Keep it first" in response.content.decode()
    assert not Follow.objects.exists()


def test_one_can_still_sign_out(closed):
    client = sign_in(closed)
    client.post(reverse("account_logout"))
    assert client.get(reverse("home")).status_code == 200


def test_signing_in_leads_to_the_date_and_the_way_back(closed, client):
    response = client.post("/account/login/", {"login": closed.handle, "password": SECRET}, follow=True)
    html = response.content.decode()
    assert response.redirect_chain[-1][0] == reverse("closing")
    assert "Your account will be deleted on" in html and "Keep my account" in html
    assert "ws-connect" not in html


def test_an_open_account_has_no_such_page(ana):
    assert sign_in(ana).get(reverse("closing")).url == reverse("own_data")


def test_keeping_it_undoes_it(closed):
    bo = user("bo")
    Follow.objects.create(follower=bo, followed=closed)
    client = sign_in(closed)
    html = client.post(reverse("keeping"), follow=True).content.decode()
    assert "Your account is yours again" in html
    assert selectors.person(closed.handle) == closed
    assert selectors.followed_people(bo) == [closed]


@pytest.mark.parametrize(("seconds", "kept"), [(-1, True), (0, False), (1, False)])
def test_it_is_kept_until_the_second_it_ends(closed, seconds, kept):
    with time_machine.travel(closed.closing_at + timedelta(seconds=seconds), tick=False):
        if kept:
            closing.keep(by=closed)
        else:
            with pytest.raises(Refused, match="too_late_to_keep"):
                closing.keep(by=closed)
    assert (User.objects.get(pk=closed.pk).closing_at is None) == kept


def test_the_page_says_when_it_is_too_late(closed):
    client = sign_in(closed)
    with time_machine.travel(closed.closing_at):
        html = client.get(reverse("closing")).content.decode()
    assert "Your account is being deleted" in html and "Keep my account" not in html


def test_keeping_an_open_account_changes_nothing(ana, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as published:
        closing.keep(by=ana)
    assert published == []


def test_staff_who_may_only_look_erase_nobody(client, ana, staff):
    User.objects.filter(pk=staff.pk).update(is_superuser=False)
    staff.user_permissions.add(Permission.objects.get(codename="view_user"))
    client.force_login(staff)
    assert "Erase" not in client.get("/staff/accounts/user/").content.decode()
    client.post("/staff/accounts/user/", {"action": "erase", "_selected_action": [ana.pk]})
    assert User.objects.get(pk=ana.pk).closing_at is None


def test_staff_erase_without_waiting(client, ana, staff):
    User.objects.filter(pk=ana.pk).update(is_active=False)
    client.force_login(staff)
    client.post("/staff/accounts/user/", {"action": "erase", "_selected_action": [ana.pk]})
    assert selectors.to_erase(timezone.now()) == [ana.pk]


def test_staff_cannot_delete_the_row(client, ana, staff):
    client.force_login(staff)
    assert client.get(f"/staff/accounts/user/{ana.pk}/delete/").status_code == 403
