"""Whose browsers are told by push, and which addresses are ever asked: a browser says where it is reached."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django.urls import reverse

from accounts import push as pushing
from accounts import webpush
from accounts.models import PushSubscription
from tests.accounts.conftest import SECRET
from tests.support.push_sink import FORM, put, rings, switched_on, unpadded

pytestmark = pytest.mark.django_db


# --- Which endpoints are asked ---


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://127.0.0.1/x",
        "https://[::1]/x",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/x",
        "https://localhost/x",
        "https://example.org/x",
        "https://fcm.googleapis.com.example.org/x",
        "https://evilfcm.googleapis.com/x",
        "https://push.apple.com.evil.org/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:99999/x",
        "https://fcm.googleapis.com@127.0.0.1/x",
        "https://me@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\@127.0.0.1/x",
        "https://evil.org\\.notify.windows.com/x",
        "https://127.0.0.1\\.push.apple.com/x",
        "https://evil.org%2f.notify.windows.com/x",
        "https://evil.org;.notify.windows.com/x",
        "https://evil.org .notify.windows.com/x",
        "https://.notify.windows.com/x",
        "https://fcm.googleapis.com\t/x",
        "https://fcm.googleapis.com。evil.org/x",
        "https:///x",
        "file:///etc/passwd",
        "gopher://fcm.googleapis.com/x",
        "//fcm.googleapis.com/x",
        "",
    ],
)
def test_an_address_that_is_no_push_service_is_refused_and_never_asked(window, sink, endpoint):
    keys = sink.browser("ana").keys | {"endpoint": endpoint}
    assert put(window, **keys).status_code == 400
    assert not PushSubscription.objects.exists()
    letter = webpush.Letter("t", "b", "/", "tag", 60, "high")
    assert webpush.send(webpush.Target(**keys), letter).outcome is webpush.Outcome.REFUSED


@pytest.mark.parametrize("host", ["fcm.googleapis.com", "web.push.apple.com", "wns2-db3p.notify.windows.com"])
def test_push_services_of_browsers_are_known(host):
    assert webpush.host_of(f"https://{host}/send/abc:def") == host


@pytest.mark.parametrize("change", [{"p256dh": ""}, {"p256dh": unpadded(b"\x04" + b"\x01" * 64)}, {"auth": "short"}])
def test_keys_one_cannot_encrypt_for_are_refused(window, sink, change):
    assert put(window, **sink.browser("ana").keys | change).status_code == 400


@pytest.mark.parametrize("field", ["endpoint", "p256dh", "auth"])
def test_what_is_too_long_to_keep_is_refused(window, sink, field):
    keys = sink.browser("ana").keys
    assert put(window, **keys | {field: keys[field] + "A" * 1001}).status_code == 400


def test_a_redirect_is_not_followed(ana, bo, window, sink):
    switched_on(window, sink)
    rings(ana, bo)
    sink.answers = [(307, {"Location": f"{sink.origin}/elsewhere"})]
    assert pushing.send_due() == 0
    assert sink.asked == 1


# --- Whose browsers ---


def test_visitors_have_no_browser_to_tell(sink):
    assert put(Client(), **sink.browser("ana").keys).status_code == 403


def test_at_most_so_many_browsers_of_one_person(window, sink, settings, ana):
    settings.BROWSERS_MAX = 3
    for number in range(5):
        switched_on(window, sink, f"ana{number}")
    kept = ana.push_subscriptions.order_by("pk").values_list("endpoint", flat=True)
    assert [endpoint[-1] for endpoint in kept] == ["2", "3", "4"]


def test_a_browser_is_of_whoever_switched_it_on_last(window, sink, bo):
    switched_on(window, sink)
    other = Client()
    other.force_login(bo)
    assert switched_on(other, sink).user == bo
    assert PushSubscription.objects.count() == 1


def test_switching_off_is_for_ones_own_browsers(window, sink, bo):
    subscription = switched_on(window, sink)
    other = Client()
    other.force_login(bo)
    for client, left in ((other, 1), (window, 0)):
        client.delete(reverse("push"), f"endpoint={subscription.endpoint}", content_type=FORM)
        assert PushSubscription.objects.count() == left


def test_signing_out_ends_push_there(window, sink):
    switched_on(window, sink)
    window.post(reverse("account_logout"))
    assert not PushSubscription.objects.exists()


def test_another_password_chosen_in_this_browser_leaves_push_on(ana, bo, window, sink):
    switched_on(window, sink)
    rings(ana, bo)
    words = {"oldpassword": SECRET, "password1": "another lamp by night", "password2": "another lamp by night"}
    assert window.post(reverse("account_change_password"), words).status_code == 302
    assert pushing.send_due() == 1


@pytest.mark.parametrize("how", ["revoked", "another password", "somebody else's"])
def test_a_session_that_is_over_is_told_nothing(ana, bo, window, sink, how):
    switched_on(window, sink)
    rings(ana, bo)
    session = window.session
    if how == "revoked":
        session.flush()
    elif how == "another password":
        ana.set_password("another lamp")
        ana.save()
    else:
        session[SESSION_KEY] = str(bo.pk)
        session.save()
    assert pushing.send_due() == 0
    assert not PushSubscription.objects.exists()
