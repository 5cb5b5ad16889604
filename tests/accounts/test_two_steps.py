"""The second step of signing in: an app's codes, recovery codes, and what adding and removing them asks for."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.test import Client
from django.urls import reverse

from accounts import sections
from accounts.services import erasure
from tests.accounts.conftest import SECRET
from tests.support.authenticator import code

pytestmark = pytest.mark.django_db

LOGIN = "/account/login/"
STEP = "/account/mfa/authenticate/"
ADD_APP = "/account/mfa/totp/activate/"
REMOVE_APP = "/account/mfa/totp/deactivate/"
CODES = "/account/mfa/recovery-codes/"
AGAIN = "/account/reauthenticate/"
PROTECTED = [ADD_APP, CODES + "generate/", "/account/mfa/webauthn/add/"]


def sign_in(client, password=SECRET):
    return client.post(LOGIN, {"login": "ana_lima", "password": password})


@pytest.fixture
def proved(client, mailbox, ana) -> Client:
    """Ana, who has just typed her password once more."""
    client.force_login(ana)
    client.post(AGAIN, {"password": SECRET})
    return client


def add_app(client) -> str:
    """Its secret."""
    secret = client.get(ADD_APP).context["form"].secret
    assert client.post(ADD_APP, {"code": code(secret)}).url == CODES
    return secret


# --- Refusals ---


@pytest.mark.parametrize("address", PROTECTED)
def test_whoever_is_signed_in_is_asked_again_before_a_factor_is_added(client, ana, address):
    client.force_login(ana)
    assert client.get(address).url.startswith(AGAIN)
    assert client.post(address, {"code": "123456"}).url.startswith(AGAIN)
    assert not Authenticator.objects.exists()


def test_a_factor_is_neither_shown_nor_removed_without_being_asked_again(proved):
    add_app(proved)
    later = Client()
    later.cookies = proved.cookies
    session = later.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 301
    session["account_authentication_methods"] = session["account_authentication_methods"]
    session.save()
    for address in (REMOVE_APP, CODES, CODES + "generate/"):
        assert later.get(address).url.startswith(AGAIN), address
        assert later.post(address).status_code in (302, 405)
    assert Authenticator.objects.count() == 2


def test_a_wrong_code_adds_no_app(proved):
    proved.get(ADD_APP)
    response = proved.post(ADD_APP, {"code": "000000"})
    assert "did not match" in response.context["form"].errors["code"][0]
    assert not Authenticator.objects.exists()


def test_the_password_alone_opens_nothing(proved, ana):
    add_app(proved)
    browser = Client()
    assert sign_in(browser).url == STEP
    assert browser.get("/me/").status_code == 302
    assert browser.get("/staff/").status_code == 302
    response = browser.post(STEP, {"code": "000000"})
    assert "did not match" in response.context["form"].errors["code"][0]
    assert browser.get("/me/").status_code == 302


def test_the_second_step_is_nobodys_without_the_first(client, ana):
    assert client.get(STEP).url == LOGIN
    assert client.post(STEP, {"code": "123456"}).url == LOGIN


def test_a_code_opens_one_door_only_for_as_long_as_it_would_hold(proved):
    secret = add_app(proved)
    # Of the half minute to come, which holds already.
    seen = code(secret, 1)
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in(browser)
    assert first.post(STEP, {"code": seen}).status_code == 302
    assert "did not match" in second.post(STEP, {"code": f" {seen[:3]} {seen[3:]}"}).context["form"].errors["code"][0]


def test_the_sixth_guess_at_a_code_is_not_even_tried(proved):
    secret = add_app(proved)
    browser = Client()
    sign_in(browser)
    for _ in range(5):
        browser.post(STEP, {"code": "000000"})
    response = browser.post(STEP, {"code": code(secret, 1)})
    assert "too many attempts" in response.context["form"].errors["code"][0]
    assert browser.get("/me/").status_code == 302


def test_guesses_at_codes_count_for_the_account_from_wherever_they_come(proved):
    secret = add_app(proved)
    for number in range(6):
        browser = Client(REMOTE_ADDR=f"192.0.2.{number}")
        sign_in(browser)
        response = browser.post(STEP, {"code": code(secret, 1) if number == 5 else "000000"})
    assert "too many attempts" in response.context["form"].errors["code"][0]


def test_the_picture_of_the_secret_is_for_whoever_adds_an_app(client, ana):
    assert client.get(reverse("app_picture")).status_code == 302
    client.force_login(ana)
    assert client.get(reverse("app_picture")).status_code == 404


# --- What works ---


def test_the_page_shows_the_secret_as_a_picture_the_policy_allows(proved):
    html = proved.get(ADD_APP).content.decode()
    assert "data:" not in html and "<script" in html
    picture = proved.get(re.search(r'src="(/me/safety/app\.svg[^"]*)"', html)[1])
    assert picture["Content-Type"] == "image/svg+xml" and picture["Cache-Control"] == "no-store"
    assert picture.content.startswith(b"<?xml") and b"style=" not in picture.content


def test_an_app_is_added_with_its_code_and_asked_for_at_the_next_sign_in(proved):
    secret = add_app(proved)
    browser = Client()
    sign_in(browser)
    assert browser.post(STEP, {"code": code(secret, 1)}).url == reverse("home")
    assert browser.get("/me/").status_code == 200


def test_a_recovery_code_opens_the_door_once(proved, ana):
    add_app(proved)
    codes = proved.get(CODES).context["unused_codes"]
    assert len(codes) == 10
    first, second = Client(), Client()
    for browser in (first, second):
        sign_in(browser)
    assert first.post(STEP, {"code": codes[0]}).url == reverse("home")
    assert second.post(STEP, {"code": codes[0]}).status_code == 200
    assert codes[0] not in proved.get(CODES + "download/").content.decode()
    assert codes[1] in proved.get(CODES + "download/").content.decode()


def test_without_the_app_the_recovery_codes_are_gone_too(proved):
    add_app(proved)
    assert proved.post(REMOVE_APP).status_code == 302
    assert not Authenticator.objects.exists()
    assert sign_in(Client()).url == reverse("home")


def test_a_new_password_by_mail_does_not_go_round_the_second_step(proved, mailbox, ana):
    add_app(proved)
    browser = Client()
    browser.post("/account/password/reset/", {"email": ana.email})
    browser.post("/account/password/reset/confirm/", {"code": mailbox.code(ana.email)})
    new = "a lamp in the morning"
    browser.post("/account/password/reset/complete/", {"password1": new, "password2": new})
    assert sign_in(browser, new).url == STEP


# --- Mail ---


@pytest.mark.django_db(transaction=True)
def test_every_change_is_mailed_in_our_words(proved, mailbox, ana):
    add_app(proved)
    proved.post(CODES + "generate/")
    proved.post(REMOVE_APP)
    new = "a lamp in the morning"
    proved.post("/account/password/change/", {"oldpassword": SECRET, "password1": new, "password2": new})
    mails = mailbox.mails(ana.email)
    assert [mail["Subject"] for mail in mails] == [
        "An app was added to your account",
        "New recovery codes for your account",
        "The app was removed from your account",
        "Your password was changed",
    ]
    for mail in mails:
        text = mail.get_content()
        assert "A browser, address 127.0.0.1" in text and "/me/safety/" in text and "&#" not in text


def test_another_e_mail_is_told_to_the_old_one(proved, mailbox, ana):
    proved.post("/account/email/", {"email": "new@example.org", "action_add": ""})
    proved.post("/account/confirm-email/", {"code": mailbox.code("new@example.org")})
    assert "new@example.org" in mailbox.last("ana@example.org").get_content()


# --- Its end ---


def test_an_erased_account_leaves_neither_factors_nor_sessions(proved, ana):
    add_app(proved)
    erasure.erase_kept(ana)
    assert not Authenticator.objects.exists() and not UserSession.objects.exists()
    assert proved.get("/me/").status_code == 302


def test_a_copy_of_ones_data_names_factors_and_sessions_without_secrets(proved, ana):
    secret = add_app(proved)
    kept = {section.name: list(section.rows) for section in sections.sections(ana)}
    assert len(kept["second_steps"]) == 2 and kept["sessions"][0]["ip"] == "127.0.0.1"
    assert secret not in str(kept["second_steps"])
