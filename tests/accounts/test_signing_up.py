"""Opening an account: handle, name, address, one password, and the code that was mailed."""

from datetime import timedelta
from smtplib import SMTPServerDisconnected

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import people
from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db

SIGNUP = "/account/signup/"
CODE = "/account/confirm-email/"
RESERVED = "This handle is reserved. Choose another one."
TAKEN = "This handle is taken. Choose another one."
UNREADABLE = ["Ben\u202eirkO", "Ben\u200bOkri", "\u3164", "\u200d", "  ", "Be" + "\u0301" * 6 + "n"]


def form(**changes) -> dict:
    return {"display_name": "Ben Okri", "username": "ben", "email": "ben@example.org", "password1": SECRET} | changes


def errors(response) -> dict:
    assert response.status_code == 200
    return response.context["form"].errors


@pytest.mark.parametrize("handle", ["admin", "STAFF", "@openfloor", "me"])
def test_a_reserved_handle_is_refused(client, handle):
    assert errors(client.post(SIGNUP, form(username=handle)))["username"] == [RESERVED]
    assert not User.objects.exists()


@pytest.mark.parametrize("handle", ["b", "ben okri", "bén", "ben\u202e", "<b>ben</b>", "ben-okri", "x" * 31])
def test_a_handle_that_would_not_fit_an_address_is_refused(client, handle):
    assert errors(client.post(SIGNUP, form(username=handle)))["username"]


@pytest.mark.parametrize("handle", ["ana_lima", "ANA_Lima", "@Ana_lima"])
def test_a_taken_handle_is_refused_whatever_the_case(client, ana, handle):
    assert errors(client.post(SIGNUP, form(username=handle)))["username"] == [TAKEN]


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_name_people_cannot_read_is_refused(client, name):
    assert errors(client.post(SIGNUP, form(display_name=name)))["display_name"]


def test_a_name_too_long_is_refused(client):
    assert errors(client.post(SIGNUP, form(display_name="n" * 51)))["display_name"]


@pytest.mark.parametrize("password", ["short", "password", "12345678901", "ben@example.org"])
def test_a_weak_password_is_refused(client, password):
    assert errors(client.post(SIGNUP, form(password1=password)))["password1"]


def test_an_address_that_is_none_is_refused(client):
    assert errors(client.post(SIGNUP, form(email="ben at home")))["email"]


def test_refusals_are_tied_to_their_fields(client):
    html = client.post(SIGNUP, form(username="admin")).content.decode()
    assert 'aria-describedby="id_username_helptext id_username_error"' in html
    assert 'id="id_username_error"' in html
    assert SECRET not in html


def test_without_the_code_nobody_is_signed_in(client, mailbox):
    client.post(SIGNUP, form())
    assert client.get(reverse("profile_edit")).status_code == 302


def test_a_wrong_code_is_refused_and_the_third_ends_it(client, mailbox):
    client.post(SIGNUP, form())
    for _ in range(2):
        response = client.post(CODE, {"code": "ZZZZ-ZZZZ"})
        assert errors(response)["code"] == ["That is not the code we sent. Look at the newest mail."]
    response = client.post(CODE, {"code": "ZZZZ-ZZZZ"}, follow=True)
    assert "too many attempts" in response.content.decode()
    client.post(CODE, {"code": mailbox.code()})
    assert client.get(reverse("profile_edit")).status_code == 302


def test_handle_name_address_password_and_code_open_an_account(client, mailbox):
    typed = form(username="@Ben", display_name="  Ben   Okri ", email="Ben@Example.org")
    response = client.post(SIGNUP, typed, follow=True)
    assert response.redirect_chain == [(CODE, 302)]
    assert mailbox.last()["To"] == "ben@example.org"
    response = client.post(CODE, {"code": mailbox.code().lower().replace("-", " ")})
    assert response.url == reverse("home")
    ben = User.objects.get()
    assert (ben.handle, ben.display_name, ben.email) == ("ben", "Ben Okri", "ben@example.org")
    assert client.get(reverse("profile_edit")).context["user"] == ben


def test_names_of_all_scripts_are_welcome(client, mailbox):
    for n, name in enumerate(["李小龍", "محمد", "Zoë 🌻", "👩‍🚒 Kim", "क्षितिज"]):
        client.post(SIGNUP, form(username=f"person{n}", email=f"person{n}@example.org", display_name=name))
        assert User.objects.get(handle=f"person{n}").display_name == name
        client.cookies.clear()


def test_one_comes_back_to_the_page_one_came_from(client, mailbox):
    client.post(SIGNUP, form(next="/spaces/demo/"))
    assert client.post(CODE, {"code": mailbox.code()}).url == "/spaces/demo/"


def test_one_is_never_sent_to_another_site(client, mailbox):
    client.post(SIGNUP, form(next="https://elsewhere.example/"))
    assert client.post(CODE, {"code": mailbox.code()}).url == reverse("home")


def test_a_new_code_replaces_the_old(client, mailbox, settings):
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": None}
    client.post(SIGNUP, form())
    old = mailbox.code()
    client.post(CODE, {"action": "resend"})
    assert mailbox.code() != old
    assert errors(client.post(CODE, {"code": old}))["code"]
    assert client.post(CODE, {"code": mailbox.code()}).url == reverse("home")


def test_a_known_address_gets_the_same_answer_and_a_different_mail(client, mailbox, ana):
    fresh = client.post(SIGNUP, form(), follow=True)
    client.cookies.clear()
    known = client.post(SIGNUP, form(username="other", email=ana.email), follow=True)
    assert known.redirect_chain == fresh.redirect_chain
    assert _without_what_differs(known, "ana@example.org") == _without_what_differs(fresh, "ben@example.org")
    assert mailbox.last()["Subject"] == "You have an account already"
    decoy = User.objects.get(handle="other")
    assert decoy.email.endswith(".invalid") and not decoy.has_usable_password()


def _without_what_differs(response, address: str) -> str:
    lines = response.content.decode().replace(address, "").splitlines()
    return "\n".join(line for line in lines if "csrf" not in line and 'name="now"' not in line)


def test_a_quicker_sign_up_leaves_a_sentence_and_no_traceback(client, mailbox, monkeypatch):
    def too_late(*, user):
        raise IntegrityError("UNIQUE constraint failed")

    monkeypatch.setattr(people, "save_new", too_late)
    response = client.post(SIGNUP, form(), follow=True)
    assert response.redirect_chain == [("/account/login/", 302)]
    assert "taken a moment ago" in response.content.decode()


def test_a_mail_server_that_is_away_costs_no_account(client, ana, monkeypatch):
    def away(self, messages):
        raise SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", away)
    response = client.post(SIGNUP, form(), follow=True)
    assert "could not send the mail" in response.content.decode()
    assert User.objects.filter(handle="ben").exists()


def test_a_handle_nobody_confirmed_is_free_after_the_code_has_run_out(client, mailbox):
    client.post(SIGNUP, form(email="mistyped@example.org"))
    client.cookies.clear()
    assert errors(client.post(SIGNUP, form()))["username"]
    User.objects.update(date_joined=timezone.now() - timedelta(minutes=16))
    client.post(SIGNUP, form())
    assert User.objects.get().email == "ben@example.org"


@pytest.mark.parametrize("how", ["opened by staff", "erased"])
def test_whoever_waits_for_no_proof_is_not_deleted_by_a_sign_up(client, ana, how):
    EmailAddress.objects.all().delete()
    User.objects.update(date_joined=timezone.now() - timedelta(days=900), last_login=None)
    if how == "erased":
        User.objects.update(is_active=False, erased_at=timezone.now())
    client.post(SIGNUP, form(username=ana.handle))
    assert User.objects.filter(pk=ana.pk).exists()


def test_a_confirmed_handle_is_kept_for_good(client, mailbox, ana):
    User.objects.update(date_joined=timezone.now() - timedelta(days=900))
    assert errors(client.post(SIGNUP, form(username=ana.handle)))["username"]


def test_the_twenty_first_sign_up_in_a_minute_is_asked_to_wait(client):
    for _ in range(20):
        client.post(SIGNUP, form(username="admin"))
    response = client.post(SIGNUP, form())
    assert response.status_code == 429
    assert "too often" in response.content.decode()
