"""The admin is entered by the protected sign-in only, and with the second step."""

import subprocess
import sys

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.admin import PersonAdmin
from accounts.models import User
from accounts.services import people
from tests.accounts.conftest import SECRET
from tests.setup.installation import HOME, environment
from tests.support.authenticator import code

pytestmark = pytest.mark.django_db

DOORS = [
    "/staff/",
    "/staff/accounts/user/",
    "/staff/accounts/user/add/",
    "/staff/jsi18n/",
    "/staff/login/?next=/staff/",
]


@pytest.fixture
def needed(settings) -> None:
    settings.STAFF_NEEDS_MFA = True


@pytest.fixture
def with_app(staff) -> str:
    """The secret of the app the keeper has."""
    secret = generate_totp_secret()
    TOTP.activate(staff, secret)
    return secret


def sign_in(client: Client):
    return client.post("/account/login/", {"login": "keeper", "password": SECRET, "next": "/staff/"})


# --- Refusals ---


@pytest.mark.parametrize("door", DOORS)
def test_staff_without_a_second_step_are_sent_to_set_one_up(client, staff, needed, door):
    client.force_login(staff)
    response = client.get(door, follow=True)
    assert response.redirect_chain[-1][0] == "/me/safety/"
    assert "Staff sign in with a second step" in response.content.decode()
    assert "Openfloor staff" not in client.post(door, follow=True).content.decode()


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("is_needed", [True, False])
def test_a_session_opened_without_the_step_there_is_opens_no_door(client, staff, with_app, settings, door, is_needed):
    settings.STAFF_NEEDS_MFA = is_needed
    client.force_login(staff)
    response = client.get(door, follow=True)
    assert response.redirect_chain[-1][0].startswith("/account/mfa/reauthenticate/?next=/staff/")


def test_the_password_of_staff_with_a_second_step_opens_nothing(client, staff, with_app):
    assert sign_in(client).url == "/account/mfa/authenticate/"
    assert "Openfloor staff" not in client.get("/staff/", follow=True).content.decode()


def test_guessing_at_the_password_of_staff_is_throttled(client, staff):
    for _ in range(5):
        client.post("/account/login/", {"login": "keeper", "password": "not the password"})
    assert "too many attempts" in sign_in(client).context["form"].non_field_errors()[0]


def test_nobody_is_led_to_another_site(client, staff):
    client.force_login(staff)
    assert client.get("/staff/login/?next=https://elsewhere.example/").url == "/staff/"


def test_the_admins_own_change_of_password_is_the_one_of_the_site(client, staff):
    client.force_login(staff)
    assert client.get("/staff/password_change/").url == "/account/password/change/"


@pytest.mark.parametrize(("debug", "wanted"), [("1", "False"), ("0", "True")])
def test_production_demands_the_step_of_staff_by_itself(tmp_path, debug, wanted):
    given = {"DEBUG": debug, "SECRET_KEY": "s" * 50, "ALLOWED_HOSTS": "rooms.example.org"}
    done = subprocess.run(
        [sys.executable, "-c", "from config import settings; print(settings.STAFF_NEEDS_MFA)"],
        env=environment(tmp_path, **given, PYTHONPATH=str(HOME)),
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == wanted, done.stderr


def test_a_stranger_is_sent_to_the_sign_in_of_the_site(client):
    response = client.get("/staff/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/account/login/?next=")


def test_the_admins_own_form_takes_no_password(client, staff):
    client.post("/staff/login/", {"username": "keeper", "password": SECRET})
    assert client.get("/staff/").status_code == 302


def test_somebody_who_is_not_staff_is_refused(client, ana):
    client.force_login(ana)
    assert client.get("/staff/", follow=True).status_code == 403


def test_staff_come_in_by_the_sign_in_of_the_site(client, staff):
    response = client.post("/account/login/", {"login": "keeper", "password": SECRET, "next": "/staff/"}, follow=True)
    assert response.status_code == 200
    assert "Openfloor staff" in response.content.decode()


# --- What works ---


def test_staff_come_in_with_their_second_step(client, staff, with_app, needed):
    sign_in(client)
    assert client.post("/account/mfa/authenticate/", {"code": code(with_app)}).url == "/staff/"
    assert "Openfloor staff" in client.get("/staff/").content.decode()


def test_a_session_of_before_comes_in_once_it_has_shown_the_step(client, staff, with_app, needed):
    client.force_login(staff)
    again = client.get("/staff/accounts/user/", follow=True).redirect_chain[-1][0]
    assert client.post(again, {"code": code(with_app), "next": "/staff/accounts/user/"}).url == "/staff/accounts/user/"
    assert client.get("/staff/accounts/user/").status_code == 200


def test_staff_find_people_and_keep_their_handle(client, staff, ana):
    client.force_login(staff)
    assert "ana_lima" in client.get("/staff/accounts/user/?q=Lima").content.decode()
    page = client.get(f"/staff/accounts/user/{ana.pk}/change/")
    assert page.status_code == 200
    assert "handle" not in page.context["adminform"].form.fields


def test_staff_open_an_account_in_lower_case(client, staff):
    client.force_login(staff)
    new = {"handle": "Cleo", "display_name": "Cleo", "email": "Cleo@example.org", "usable_password": "true"}
    client.post("/staff/accounts/user/add/", new | {"password1": SECRET, "password2": SECRET})
    assert "cleo@example.org" in client.get("/staff/accounts/user/?q=cleo").content.decode()


def test_another_password_chosen_by_staff_ends_every_session_of_that_person(client, staff, ana):
    theirs = Client()
    theirs.force_login(ana)
    client.force_login(staff)
    new = {"password1": "a lamp in the morning", "password2": "a lamp in the morning", "usable_password": "true"}
    assert client.post(f"/staff/accounts/user/{ana.pk}/password/", new).status_code == 302
    ana.refresh_from_db()
    assert ana.check_password("a lamp in the morning") and ana.sessions_ended == 1
    assert theirs.get("/me/").status_code == 302


def test_staff_see_that_there_is_a_second_step_and_not_its_secret(client, staff, ana):
    client.force_login(staff)
    secret = generate_totp_secret()
    factor = TOTP.activate(ana, secret).instance
    listed = client.get("/staff/mfa/authenticator/?q=ana_lima")
    shown = client.get(f"/staff/mfa/authenticator/{factor.pk}/change/")
    assert "@ana_lima" in listed.content.decode() and "totp" in shown.content.decode().lower()
    assert secret not in listed.content.decode() + shown.content.decode()
    assert client.get("/staff/mfa/authenticator/add/").status_code == 403
    assert client.get("/staff/usersessions/usersession/?q=keeper").status_code == 200


def test_staff_remove_the_second_step_of_somebody_locked_out(client, staff, ana):
    client.force_login(staff)
    factor = TOTP.activate(ana, generate_totp_secret()).instance
    client.post(f"/staff/mfa/authenticator/{factor.pk}/delete/", {"post": "yes"})
    response = Client().post("/account/login/", {"login": "ana_lima", "password": SECRET})
    assert response.url == "/"


@pytest.fixture
def onlooker(db) -> Client:
    """Staff who may look at everything, and change nothing."""
    user = people.open_account(handle="looker", email="l@example.org", password=SECRET, display_name="L", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    "asked",
    [
        "usersessions/usersession/?session_key__startswith=a",
        "usersessions/usersession/?session_key__regex=.",
        "mfa/authenticator/?data__secret__startswith=a",
        "mfa/authenticator/?user__password__startswith=a",
        "accounts/user/?password__startswith=a",
        "rooms/participant/?guest__startswith=a",
        "rooms/participant/?device__isnull=1",
    ],
)
def test_an_address_asks_for_nothing_that_is_not_shown(onlooker, asked):
    assert onlooker.get(f"/staff/{asked}").status_code == 400
    assert onlooker.get(f"/staff/{asked.partition('?')[0]}").status_code == 200


def test_filters_that_are_shown_hold(onlooker):
    assert onlooker.get("/staff/rooms/space/?state__exact=live").status_code == 200
    assert onlooker.get("/staff/accounts/user/?is_staff__exact=1").status_code == 200


def test_whoever_may_look_calls_no_address_proven(onlooker):
    owner = people.open_account(handle="bo", email="bo@example.org", password=SECRET, display_name="Bo")
    address = EmailAddress.objects.get(user=owner)
    EmailAddress.objects.update(verified=False)
    onlooker.post("/staff/account/emailaddress/", {"action": "make_verified", "_selected_action": address.pk})
    address.refresh_from_db()
    assert not address.verified


@pytest.mark.parametrize("how", ["one", "some"])
def test_a_session_that_staff_remove_is_over(client, staff, ana, how):
    hers = Client()
    hers.force_login(ana)
    hers.get("/me/")
    row = UserSession.objects.get(user=ana)
    client.force_login(staff)
    if how == "one":
        client.post(f"/staff/usersessions/usersession/{row.pk}/delete/", {"post": "yes"})
    else:
        chosen = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
        client.post("/staff/usersessions/usersession/", chosen)
    assert hers.get("/me/").status_code == 302
    assert not UserSession.objects.filter(user=ana).exists()


def test_staff_write_what_they_changed_and_nothing_else(client, staff, ana, monkeypatch):
    """Somebody writes another column between the form and its answer."""
    client.force_login(staff)
    page = client.get(f"/staff/accounts/user/{ana.pk}/change/")
    fields = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}
    fields = {name: value for name, value in fields.items() if value is not False and not isinstance(value, list)}

    def before_saving(self, request, form, change):
        User.objects.filter(pk=ana.pk).update(display_name="Another")
        return form.save(commit=False)

    monkeypatch.setattr(PersonAdmin, "save_form", before_saving)
    client.post(f"/staff/accounts/user/{ana.pk}/change/", fields | {"is_protected": "on"})
    ana.refresh_from_db()
    assert (ana.is_protected, ana.display_name) == (True, "Another")
