"""The admin is entered by the protected sign-in only."""

import pytest

from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db


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
