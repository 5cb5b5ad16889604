"""The page of one's own safety: what it shows, and signing out elsewhere."""

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import devices, selectors
from accounts.factors import passkeys_work_at
from accounts.models import User
from accounts.services import people, safety
from accounts.tasks import forget_sessions
from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db

SAFETY = "/me/safety/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile Safari/604.1"


def browser(user: User, agent: str = FIREFOX, address: str = "192.0.2.7") -> Client:
    """Signed in, and seen once."""
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    client.force_login(user)
    client.get("/me/")
    return client


def signed_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


@pytest.fixture
def ben(db) -> User:
    return people.open_account(handle="ben", email="ben@example.org", password=SECRET, display_name="Ben")


# --- Refusals ---


@pytest.mark.parametrize("name", ["safety", "app_picture"])
def test_a_visitor_is_led_to_the_sign_in(client, name):
    assert client.get(reverse(name)).url.startswith("/account/login/")


def test_a_visitor_signs_nobody_out(client, ana):
    here = browser(ana)
    session = UserSession.objects.get()
    assert client.delete(reverse("session", args=[session.pk])).status_code == 403
    assert client.delete(reverse("sessions")).status_code == 403
    assert signed_in(here)


def test_nobody_ends_a_session_of_somebody_else(ana, ben):
    here, theirs = browser(ana), browser(ben)
    session = UserSession.objects.get(user=ben)
    assert here.delete(reverse("session", args=[session.pk])).status_code == 200
    assert here.delete(reverse("sessions")).status_code == 200
    assert signed_in(theirs) and signed_in(here)


def test_a_foreign_site_signs_nobody_out(ana):
    here, there = browser(ana), browser(ana, PHONE)
    here.handler.enforce_csrf_checks = True
    assert here.delete(reverse("sessions")).status_code == 403
    assert signed_in(there)


@pytest.mark.parametrize("name", ["mfa_index", "mfa_list_webauthn"])
def test_allauths_own_lists_lead_to_ours(client, ana, name):
    client.force_login(ana)
    assert client.get(reverse(name)).url == SAFETY


# --- Where one is signed in ---


def test_it_names_this_browser_first_and_the_others_with_when_and_where(ana):
    browser(ana, PHONE, "198.51.100.4")
    here = browser(ana)
    found = here.get(SAFETY).context["places"]
    assert [(place.device, place.address, place.is_this) for place in found] == [
        ("Firefox on Linux", "192.0.2.7", True),
        ("Safari on iPhone", "198.51.100.4", False),
    ]
    html = here.get(SAFETY).content.decode()
    assert "This browser" in html and "198.51.100.4" in html


def test_one_is_signed_out_and_the_answer_is_the_list_as_it_is_now(ana):
    here, there, third = browser(ana), browser(ana, PHONE), browser(ana, PHONE)
    session = UserSession.objects.get(session_key=there.session.session_key)
    response = here.delete(reverse("session", args=[session.pk]))
    assert response.status_code == 200 and f'id="place-{session.pk}"' not in response.content.decode()
    assert not signed_in(there)
    assert signed_in(here) and signed_in(third)


def test_all_others_are_signed_out_and_this_one_is_not(ana):
    here, *others = browser(ana), browser(ana, PHONE), browser(ana, PHONE)
    response = here.delete(reverse("sessions"))
    assert "Only here." in response.content.decode()
    assert signed_in(here) and not any(map(signed_in, others))


def test_ending_what_is_over_is_no_news(ana, monkeypatch, django_capture_on_commit_callbacks):
    here = browser(ana)
    for again in range(2):
        with django_capture_on_commit_callbacks() as told:
            there = UserSession.objects.exclude(session_key=here.session.session_key).first()
            assert not safety.end_session(session=there.pk if there else 99, by=ana)
            assert not safety.end_other_sessions(this=here.session.session_key, by=ana)
        assert told == [], again
    ana.refresh_from_db()
    assert ana.sessions_ended == 0


def test_a_session_of_an_earlier_password_is_not_listed(ana):
    browser(ana, PHONE)
    ana.set_password("a lamp in the morning")
    ana.save()
    here = browser(ana)
    assert [place.is_this for place in here.get(SAFETY).context["places"]] == [True]


def test_places_and_factors_cost_a_fixed_number_of_queries(ana, django_assert_num_queries):
    for _ in range(4):
        here = browser(ana)
    with django_assert_num_queries(2):
        assert len(selectors.places(ana, here.session.session_key)) == 4
    with django_assert_num_queries(1):
        assert not selectors.factors(ana).are_on


def test_a_session_is_noted_now_and_then_and_not_with_every_request(ana, monkeypatch):
    here = browser(ana)
    before = UserSession.objects.get().last_seen_at
    signed_in(here)
    assert UserSession.objects.get().last_seen_at == before
    monkeypatch.setattr("accounts.seen.spent", lambda *args, **kwargs: False)
    signed_in(here)
    assert UserSession.objects.get().last_seen_at > before


def test_signing_out_takes_the_session_off_the_list(ana):
    here, there = browser(ana), browser(ana, PHONE)
    there.post("/account/logout/")
    assert len(here.get(SAFETY).context["places"]) == 1
    assert [each.session_key for each in Session.objects.all()] == [here.session.session_key]


def test_a_session_that_ran_out_leaves_neither_itself_nor_an_address(ana, time_machine):
    time_machine.move_to(timezone.now())
    browser(ana, PHONE)
    time_machine.shift(settings.SESSION_COOKIE_AGE - 5)
    here = browser(ana)
    assert forget_sessions() == 0 and UserSession.objects.count() == 2
    time_machine.shift(24 * 3600 + 6)
    assert forget_sessions() == 2
    assert [each.session_key for each in UserSession.objects.all()] == [here.session.session_key]
    assert signed_in(here)


def test_one_that_was_ended_leaves_no_address_a_day_later(ana, time_machine):
    time_machine.move_to(timezone.now())
    Session.objects.get(pk=browser(ana).session.session_key).delete()
    time_machine.shift(24 * 3600 - 5)
    assert forget_sessions() == 0
    time_machine.shift(10)
    assert forget_sessions() == 1 and not UserSession.objects.exists()


# --- What stands there ---


def test_a_new_account_is_invited_to_a_second_step(client, ana):
    client.force_login(ana)
    html = client.get(SAFETY).content.decode()
    assert "A second step stops them" in html and "ana@example.org" in html
    assert "Recovery codes" not in html


@pytest.mark.parametrize(
    ("host", "secure", "works"),
    [
        ("127.0.0.1:8000", False, False),
        ("127.0.0.1", True, False),
        ("[::1]:8000", False, False),
        ("[2001:db8::7]", True, False),
        ("rooms.example.org", False, False),
        ("rooms.example.org", True, True),
        ("localhost:8000", False, True),
    ],
)
def test_where_passkeys_work(rf, settings, host, secure, works):
    settings.ALLOWED_HOSTS = ["rooms.example.org", "localhost", "127.0.0.1", "[::1]", "[2001:db8::7]"]
    assert passkeys_work_at(rf.get("/", headers={"host": host}, secure=secure)) == works


def test_where_they_cannot_work_the_page_says_what_to_do(client, ana):
    client.force_login(ana)
    html = client.get(SAFETY, headers={"host": "127.0.0.1:8000"}).content.decode()
    assert "http://localhost:8000/me/safety/" in html and "mfa/webauthn/add" not in html
    html = client.get(SAFETY, headers={"host": "localhost:8000"}).content.decode()
    assert "mfa/webauthn/add" in html and "open this page at localhost" not in html


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Linux"),
        (PHONE, "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("curl/8", "A browser"),
        ("", "A browser"),
    ],
)
def test_a_browser_in_words(agent, words):
    assert devices.in_words(agent) == words
