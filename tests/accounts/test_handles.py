"""Changing one's handle: which, how often, where the former one leads, and who may take it."""

from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from accounts.models import FormerHandle, User
from accounts.rules import REFUSALS, Refused
from accounts.services import graph, people
from tests.accounts.conftest import SECRET
from tests.accounts.test_follows import somebody
from tests.support.races import race_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(db) -> User:
    return somebody("ben")


def change(user: User, handle: str) -> User:
    return people.change_handle(handle=handle, by=user)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def later(**span):
    return time_machine.travel(timezone.now() + timedelta(**span), tick=True)


# --- Refusals ---


@pytest.mark.parametrize(
    "handle", ["", "a", "x" * 31, "ana lima", "ana-lima", "änä", "admin", "ADMIN", "me", "@", "a\n"]
)
def test_what_is_no_handle_is_refused(ana, handle):
    response = signed_in(ana).post("/me/handle/", {"handle": handle})
    assert response.context["handle_form"].errors.keys() == {"handle"}
    assert User.objects.get().handle == "ana_lima"


@pytest.mark.parametrize("handle", ["ben", "BEN", "@Ben"])
def test_the_handle_of_somebody_else_is_taken_whatever_its_case(ana, ben, handle):
    page = signed_in(ana).post("/me/handle/", {"handle": handle}).content.decode()
    assert REFUSALS["handle_taken"][1] in page
    assert User.objects.get(pk=ana.pk).handle == "ana_lima"


def test_that_of_a_closed_account_is_taken_too(ana, ben):
    User.objects.filter(pk=ben.pk).update(is_active=False)
    with pytest.raises(Refused, match="handle_taken"):
        change(ana, "ben")


def test_a_former_handle_is_nobody_elses_for_thirty_days(ana, ben):
    change(ana, "roofs")
    with pytest.raises(Refused, match="handle_kept"):
        change(ben, "ana_lima")
    assert User.objects.get(pk=ben.pk).handle == "ben"
    with later(days=29), pytest.raises(Refused, match="handle_kept"):
        change(ben, "ana_lima")
    with later(days=31):
        assert change(ben, "ana_lima").handle == "ana_lima"


def test_nobody_signs_up_with_a_former_handle(client, ana):
    change(ana, "roofs")
    typed = {"username": "Ana_Lima", "email": "new@example.org", "display_name": "New", "password1": SECRET}
    response = client.post("/account/signup/", typed)
    assert "This handle is taken. Choose another one." in response.content.decode()
    assert User.objects.count() == 1


def test_nor_in_the_moment_in_which_it_is_given_up(ana):
    """After the form was passed."""
    change(ana, "roofs")
    with pytest.raises(Refused, match="handle_kept"):
        people.save_new(user=User(handle="ana_lima", email="new@example.org", display_name="New"))
    assert User.objects.count() == 1


def test_the_fourth_change_within_thirty_days_is_refused_back_and_forth_too(ana):
    for handle in ("roofs", "ana_lima", "roofs"):
        ana = change(ana, handle)
    with pytest.raises(Refused, match="handle_changed_often"):
        change(ana, "ana_lima")
    page = signed_in(ana).post("/me/handle/", {"handle": "gardens"}).content.decode()
    assert REFUSALS["handle_changed_often"][1] in page
    with later(days=31):
        assert change(ana, "gardens").handle == "gardens"


def test_a_visitor_changes_nothing(client, ana):
    assert client.get("/me/handle/").status_code == 302
    assert client.post("/me/handle/", {"handle": "mine"}).status_code == 403


# --- Changing ---


def test_one_changes_ones_handle_and_goes_on_under_it(ana):
    client = signed_in(ana)
    response = client.post("/me/handle/", {"handle": "@Roofs"}, follow=True)
    assert response.request["PATH_INFO"] == "/@roofs/" and "You go by @roofs now." in response.content.decode()
    assert client.get("/me/handle/").url == "/me/"
    assert Client().post("/account/login/", {"login": "roofs", "password": SECRET}).status_code == 302


def test_the_same_again_is_no_change(ana):
    change(ana, "ana_lima")
    assert not FormerHandle.objects.exists()


def test_one_takes_ones_own_back_and_the_other_leads_on(client, ana):
    change(change(ana, "roofs"), "ana_lima")
    assert client.get("/@ana_lima/").status_code == 200
    assert client.get("/@roofs/").url == "/@ana_lima/"


def test_who_never_proved_their_address_keeps_no_handle_from_others(ana, ben):
    free = people.save_new(user=User(handle="free", email="free@example.org", display_name="Free"))
    EmailAddress.objects.create(user=free, email=free.email)
    with pytest.raises(Refused, match="handle_taken"):
        change(ana, "free")
    with later(hours=1):
        assert change(ana, "free").handle == "free"


# --- Where the former one leads ---


@pytest.mark.parametrize("path", ["/", "/followers/", "/following/", "/followers/?after=1.2"])
def test_a_former_handle_leads_on_for_thirty_days_and_then_nowhere(client, ana, path):
    change(ana, "roofs")
    for written in ("ana_lima", "ANA_lima"):
        response = client.get(f"/@{written}{path}")
        assert response.status_code == 302 and response.url == f"/@roofs{path}"
    with later(days=31):
        assert client.get(f"/@ana_lima{path}").status_code == 404


def test_who_has_it_now_comes_before_who_had_it(client, ana, ben):
    change(ana, "roofs")
    with later(days=31):
        change(ben, "ana_lima")
        assert client.get("/@ana_lima/").status_code == 200


def test_a_former_handle_of_a_closed_account_leads_nowhere(client, ana):
    User.objects.filter(pk=change(ana, "roofs").pk).update(is_active=False)
    assert client.get("/@ana_lima/").status_code == 404


def test_buttons_of_a_page_that_was_open_go_on_working(ana, ben):
    change(ana, "roofs")
    response = signed_in(ben).put("/@ana_lima/follow/")
    assert response.status_code == 200 and not graph.follow(person=ana, by=ben)


# --- Races ---


@pytest.mark.slow
def test_of_eight_who_want_one_handle_one_has_it(transactional_db):
    for n in range(8):
        somebody(f"one{n}")
    assert race_of([("change_handle", f"one{n}/roofs") for n in range(8)]) == {"done": 1, "handle_taken": 7}
    assert User.objects.filter(handle="roofs").count() == 1
    assert FormerHandle.objects.count() == 1


@pytest.mark.slow
def test_nobody_slips_in_while_a_handle_is_given_up(transactional_db):
    somebody("ana")
    somebody("ben")
    outcomes = race_of([("change_handle", "ana/roofs")] + [("change_handle", "ben/ana")] * 4 + [("sign_up", "ana")] * 3)
    assert outcomes["done"] == 1 and sum(outcomes.values()) == 8
    assert User.objects.get(handle="roofs").display_name == "Ana" and not User.objects.filter(handle="ana").exists()
