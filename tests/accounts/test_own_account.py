"""Changing one's address and password while signed in."""

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.services import people
from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db

EMAIL = "/account/email/"
CODE = "/account/confirm-email/"
PASSWORD = "/account/password/change/"


def enter(client, ana) -> None:
    """Signed in, and asked for the password just now."""
    client.force_login(ana)
    client.post("/account/reauthenticate/", {"password": SECRET})


def test_a_new_address_needs_the_password_once_more(client, mailbox, ana):
    client.force_login(ana)
    asked = client.post(EMAIL, {"email": "new@example.org", "action_add": ""})
    assert asked.url == "/account/reauthenticate/?next=%2Faccount%2Femail%2F" and mailbox.mails() == []
    assert client.post(asked.url, {"password": SECRET, "next": EMAIL}).url == CODE, "it goes on where it stood"
    assert mailbox.mails("new@example.org")


def test_a_wrong_code_leaves_the_address_as_it_was(client, mailbox, ana):
    enter(client, ana)
    client.post(EMAIL, {"email": "new@example.org", "action_add": ""})
    client.post(CODE, {"code": "ZZZZ-ZZZZ"})
    ana.refresh_from_db()
    assert ana.email == "ana@example.org"


def test_an_address_of_another_account_is_refused_even_with_its_code(client, mailbox, ana):
    people.open_account(handle="ben", email="ben@example.org", password=SECRET, display_name="Ben")
    enter(client, ana)
    client.post(EMAIL, {"email": "ben@example.org", "action_add": ""})
    response = client.post(CODE, {"code": mailbox.code()})
    assert response.context["form"].errors["code"]
    assert User.objects.get(handle="ana_lima").email == "ana@example.org"


def test_an_address_an_unconfirmed_account_holds_is_refused_in_a_sentence(client, mailbox, ana):
    User.objects.create_user("squatter", "new@example.org", SECRET)
    enter(client, ana)
    client.post(EMAIL, {"email": "new@example.org", "action_add": ""})
    assert client.post(CODE, {"code": mailbox.code()}).context["form"].errors["code"]


def test_a_proven_new_address_takes_the_place_of_the_old(client, mailbox, ana):
    enter(client, ana)
    assert client.post(EMAIL, {"email": "New@example.org", "action_add": ""}).url == CODE
    client.post(CODE, {"code": mailbox.code()})
    ana.refresh_from_db()
    assert ana.email == "new@example.org"
    client.logout()
    assert client.post("/account/login/", {"login": "new@example.org", "password": SECRET}).url == reverse("home")


def test_a_new_password_writes_back_nothing_else(client, ana, monkeypatch):
    """Hashing takes a while, in which staff may suspend the account."""
    client.force_login(ana)
    hashed = User.set_password

    def slowly(user, password):
        User.objects.filter(pk=user.pk).update(is_active=False, display_name="Another")
        hashed(user, password)

    monkeypatch.setattr(User, "set_password", slowly)
    new = "a lamp in the morning"
    client.post(PASSWORD, {"oldpassword": SECRET, "password1": new, "password2": new})
    ana.refresh_from_db()
    assert ana.check_password(new)
    assert (ana.is_active, ana.display_name) == (False, "Another")


def test_a_new_password_needs_the_old_one(client, ana):
    client.force_login(ana)
    new = "a lamp in the morning"
    response = client.post(PASSWORD, {"oldpassword": "wrong", "password1": new, "password2": new})
    assert response.context["form"].errors["oldpassword"]
    client.post(PASSWORD, {"oldpassword": SECRET, "password1": new, "password2": new})
    ana.refresh_from_db()
    assert ana.check_password(new)
    assert client.get(reverse("profile_edit")).status_code == 200
