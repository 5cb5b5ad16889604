"""Signing in by handle or e-mail, and out."""

import pytest
from django.urls import reverse

from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db

LOGIN = "/account/login/"
NO_MATCH = "That handle or e-mail address and that password do not belong together."


def sign_in(client, login, password=SECRET, **more):
    return client.post(LOGIN, {"login": login, "password": password} | more)


@pytest.mark.parametrize("login", ["ana_lima", "ana@example.org", "nobody", "nobody@example.org"])
def test_whether_somebody_is_known_cannot_be_told_from_the_refusal(client, ana, login):
    response = sign_in(client, login, "not the password")
    assert response.context["form"].non_field_errors() == [NO_MATCH]


def test_the_sixth_guess_at_one_account_is_not_even_tried(client, ana):
    for _ in range(5):
        sign_in(client, "ana_lima", "not the password")
    response = sign_in(client, "ana_lima")
    assert "too many attempts" in response.context["form"].non_field_errors()[0]


def test_a_closed_account_is_told_so_once_the_password_is_right(client, ana):
    ana.is_active = False
    ana.save()
    assert sign_in(client, "ana_lima", "not the password").status_code == 200
    response = client.post(LOGIN, {"login": "ana_lima", "password": SECRET}, follow=True)
    assert "This account is closed" in response.content.decode()


def test_an_unconfirmed_account_is_asked_for_a_new_code(client, mailbox, settings):
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": None}
    signup = {"display_name": "Ben", "username": "ben", "email": "ben@example.org", "password1": SECRET}
    client.post("/account/signup/", signup)
    client.cookies.clear()
    assert sign_in(client, "ben").url == "/account/confirm-email/"
    assert client.post("/account/confirm-email/", {"code": mailbox.code()}).url == reverse("home")


@pytest.mark.parametrize("login", ["ana_lima", "Ana_Lima", "@ana_lima", " ana_lima ", "ANA@Example.ORG"])
def test_handle_and_address_both_open_the_door_whatever_the_case(client, ana, login):
    assert sign_in(client, login).url == reverse("home")
    assert client.get(reverse("profile_edit")).context["user"] == ana


def test_the_welcome_is_said_once(client, ana):
    response = client.post(
        LOGIN, {"login": "ana_lima", "password": SECRET, "next": reverse("profile_edit")}, follow=True
    )
    assert response.content.decode().count("Welcome, Ana Lima.") == 1
    assert "Welcome" not in client.get(reverse("profile_edit")).content.decode()


def test_one_is_never_sent_to_another_site(client, ana):
    assert sign_in(client, "ana_lima", next="//elsewhere.example/").url == reverse("home")


def test_a_link_does_not_sign_out_but_the_button_does(client, ana):
    client.force_login(ana)
    assert client.get("/account/logout/").status_code == 200
    assert client.get(reverse("profile_edit")).status_code == 200
    assert client.post("/account/logout/").url == reverse("home")
    assert client.get(reverse("profile_edit")).status_code == 302


def test_a_form_from_another_site_signs_nobody_out(ana):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.post("/account/logout/").status_code == 403
    assert client.get(reverse("profile_edit")).status_code == 200
