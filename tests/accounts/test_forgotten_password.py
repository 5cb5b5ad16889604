"""A new password by mailed code."""

import pytest
from django.urls import reverse

from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db

RESET = "/account/password/reset/"
CODE = "/account/password/reset/confirm/"
COMPLETE = "/account/password/reset/complete/"
NEW = "a lamp in the morning"


def test_an_unknown_address_gets_the_same_answer_and_a_different_mail(client, mailbox, ana):
    known = client.post(RESET, {"email": ana.email}, follow=True)
    client.cookies.clear()
    unknown = client.post(RESET, {"email": "who@example.org"}, follow=True)
    assert unknown.redirect_chain == known.redirect_chain == [(CODE, 302)]
    assert [m["Subject"] for m in mailbox.mails()] == ["Your code for a new password", "No account with this address"]


def test_a_wrong_code_is_refused_and_the_third_ends_it(client, mailbox, ana):
    client.post(RESET, {"email": ana.email})
    for _ in range(2):
        assert client.post(CODE, {"code": "ZZZZ-ZZZZ"}).context["form"].errors["code"]
    client.post(CODE, {"code": "ZZZZ-ZZZZ"})
    assert client.post(CODE, {"code": mailbox.code()}).url == "/account/login/"


def test_without_the_code_there_is_no_new_password(client, mailbox, ana):
    client.post(RESET, {"email": ana.email})
    assert client.post(COMPLETE, {"password1": NEW, "password2": NEW}).url == CODE
    ana.refresh_from_db()
    assert ana.check_password(SECRET)


def test_a_weak_new_password_is_refused(client, mailbox, ana):
    client.post(RESET, {"email": ana.email})
    client.post(CODE, {"code": mailbox.code()})
    assert client.post(COMPLETE, {"password1": "password", "password2": "password"}).context["form"].errors["password1"]


def test_the_code_opens_the_way_to_a_new_password(client, mailbox, ana):
    client.post(RESET, {"email": "Ana@example.org"})
    assert client.post(CODE, {"code": mailbox.code()}).url == COMPLETE
    response = client.post(COMPLETE, {"password1": NEW, "password2": NEW}, follow=True)
    assert "Your new password holds" in response.content.decode()
    assert client.post("/account/login/", {"login": "ana_lima", "password": SECRET}).status_code == 200
    assert client.post("/account/login/", {"login": "ana_lima", "password": NEW}).url == reverse("home")


def test_the_sixth_mail_to_one_address_in_a_minute_is_not_sent(client, mailbox, ana):
    for _ in range(5):
        client.post(RESET, {"email": ana.email})
    assert client.post(RESET, {"email": ana.email}).status_code == 429
    assert len(mailbox.mails()) == 5
