"""Every page of django-allauth a person can reach is a page of this site, and needs nothing inline."""

import re

import pytest
from allauth.account.urls import urlpatterns
from django.urls import reverse

from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db

STRANGER = {"account_login", "account_signup", "account_reset_password", "account_inactive"}
SIGNED_IN = {"account_logout", "account_email", "account_change_password", "account_reauthenticate"}
AUTOCOMPLETE = {
    "account_login": {"login": "username", "password": "current-password"},
    "account_signup": {"display_name": "name", "username": "username", "email": "email", "password1": "new-password"},
    "account_reset_password": {"email": "email"},
    "account_email": {"email": "email"},
    "account_reauthenticate": {"password": "current-password"},
    "account_change_password": {
        "oldpassword": "current-password",
        "password1": "new-password",
        "password2": "new-password",
    },
}


def is_ours(response) -> None:
    html = response.content.decode()
    assert "base.html" in {template.name for template in response.templates}
    assert html.count("<h1") == 1
    assert re.search(r"<title>[^<]+ · Openfloor</title>", html)
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|\sstyle=|javascript:", html)
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    # allauth's own templates are written with its elements, ours are not.
    assert not [
        template.name for template in response.templates if (template.name or "").startswith("allauth/elements")
    ]


def fields_are_labelled(html: str) -> None:
    # What one searches in at the top of every page lies within its label.
    html = html.partition('id="main"')[2]
    for control in re.findall(r'<(?:input|textarea)(?![^>]*type="hidden")[^>]*>', html):
        identity = re.search(r' id="(\w+)"', control)[1]
        assert f'<label for="{identity}"' in html


def fields_are_named_for_password_managers(name: str, html: str) -> None:
    for field, value in AUTOCOMPLETE.get(name, {}).items():
        assert f'autocomplete="{value}"' in re.search(rf'<input[^>]* name="{field}"[^>]*>', html)[0]


@pytest.mark.parametrize("name", sorted(STRANGER))
def test_a_page_for_strangers_is_ours(client, name):
    response = client.get(reverse(name))
    is_ours(response)
    fields_are_labelled(response.content.decode())
    fields_are_named_for_password_managers(name, response.content.decode())


@pytest.mark.parametrize("name", sorted(SIGNED_IN))
def test_a_page_for_the_signed_in_is_ours(client, ana, name):
    client.force_login(ana)
    response = client.get(reverse(name))
    is_ours(response)
    fields_are_labelled(response.content.decode())
    fields_are_named_for_password_managers(name, response.content.decode())


def test_choosing_a_first_password_is_ours(client, ana):
    ana.set_unusable_password()
    ana.save()
    client.force_login(ana)
    is_ours(client.get(reverse("account_set_password")))


def test_the_pages_of_the_code_are_ours(client, mailbox, ana):
    client.post(reverse("account_reset_password"), {"email": ana.email})
    response = client.get(reverse("account_confirm_password_reset_code"))
    is_ours(response)
    assert 'autocomplete="one-time-code"' in response.content.decode()
    client.post(reverse("account_confirm_password_reset_code"), {"code": mailbox.code()})
    is_ours(client.get(reverse("account_complete_password_reset")))
    is_ours(client.get(reverse("account_password_reset_completed")))
    client.force_login(ana)
    client.post(reverse("account_reauthenticate"), {"password": SECRET})
    client.post(reverse("account_email"), {"email": "new@example.org", "action_add": ""})
    is_ours(client.get(reverse("account_email_verification_sent")))


def test_the_page_of_the_impatient_is_ours(client):
    for _ in range(31):
        response = client.post(reverse("account_login"), {"login": "ana", "password": ""})
    assert response.status_code == 429
    is_ours(response)


def test_every_other_address_only_leads_on(client):
    for pattern in urlpatterns:
        if pattern.name not in STRANGER and pattern.name != "account_password_reset_completed":
            assert client.get(reverse(pattern.name)).status_code == 302, pattern.name


@pytest.mark.parametrize("name", ["profile", "profile_edit"])
def test_the_profile_needs_nothing_inline_either(client, ana, name):
    client.force_login(ana)
    is_ours(client.get(reverse(name, args=[ana.handle] if name == "profile" else [])))
