"""A passkey opens the door alone only for whoever has proven to it who they are."""

import json

import pytest
from allauth.mfa.webauthn.internal.auth import STATE_SESSION_KEY
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.utils import websafe_encode

from accounts.models import User
from accounts.services import people
from tests.accounts.conftest import SECRET
from tests.support.passkey import give_passkey, signed

pytestmark = pytest.mark.django_db

CHALLENGE = b"sixteen bytes of chance, or more"


@pytest.fixture
def ana(db) -> User:
    """Whose key is not written alike in every base."""
    return people.open_account(handle="ana", email="ana@example.org", password=SECRET, display_name="Ana", pk=1234)


def opens(ana: User, *, asked: str, verified: bool) -> bool:
    """Whether her passkey signs her in, answering a challenge that asked for so much."""
    key = ec.generate_private_key(ec.SECP256R1())
    passkey = give_passkey(ana, key=key)
    client = Client(HTTP_HOST="localhost")
    session = client.session
    session[STATE_SESSION_KEY] = {"challenge": websafe_encode(CHALLENGE), "user_verification": asked}
    session.save()
    client.cookies["sessionid"] = session.session_key
    credential = signed(passkey, key, CHALLENGE, verified=verified)
    client.post("/account/mfa/webauthn/login/", {"credential": json.dumps(credential)})
    return "_auth_user_id" in client.session


def test_a_challenge_of_the_second_step_opens_no_door(ana):
    """There a touch is enough, because the password came before it."""
    assert not opens(ana, asked="preferred", verified=False)
    assert not opens(ana, asked="preferred", verified=True)


def test_a_touch_alone_opens_no_door(ana):
    assert not opens(ana, asked="required", verified=False)


def test_whoever_proved_it_comes_in(ana):
    assert opens(ana, asked="required", verified=True)
