"""Web push on the wire (RFC 8030, 8291, 8292): which endpoints are ever asked, and one message to one of them.

The address of an endpoint comes from a browser, that is from anybody. Only push services that the operator knows are
asked: by https, at the standard port, with no redirect followed and no answer read. Knows no accounts.
"""

import base64
import binascii
import enum
import json
import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from py_vapid import Vapid
from pywebpush import WebPushException, webpush

CONNECT_SECONDS, ANSWER_SECONDS = 3, 5
# RFC 8291, 4: what every push service takes, encrypted, is 4096 bytes.
LONGEST = 3_000
# Of an answer that asks for patience.
LONGEST_REST_SECONDS = 3600
# Letters that no two programs read differently. A backslash (RFC 3986 knows none) ends a name for one, not for another.
_NAME = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+")


class Outcome(enum.Enum):
    SENT = enum.auto()
    # The subscription is over.
    GONE = enum.auto()
    # Not now: the service is busy or away.
    LATER = enum.auto()
    # Not ever: sending the same again brings the same answer.
    REFUSED = enum.auto()


@dataclass(frozen=True)
class Target:
    """Where a browser is reached, and the keys it gave (base64url)."""

    endpoint: str
    p256dh: str
    auth: str


@dataclass(frozen=True)
class Letter:
    """`tag` replaces what is shown under the same one; `ttl` in seconds; `urgency` as in RFC 8030, 5.3."""

    title: str
    body: str
    url: str
    tag: str
    ttl: int
    urgency: str

    def text(self) -> str:
        return json.dumps({"title": self.title, "body": self.body, "url": self.url, "tag": self.tag})


@dataclass(frozen=True)
class Answer:
    outcome: Outcome
    # Seconds the service asks to be left alone for.
    rest: int = 0
    status: int = 0


class _Session(requests.Session):
    """Follows nothing, reads nothing, and takes no credentials or proxies from its surroundings."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, method, url, **options) -> requests.Response:
        options |= {"allow_redirects": False, "stream": True, "timeout": (CONNECT_SECONDS, ANSWER_SECONDS)}
        response = super().request(method, url, **options)
        response._content = b""
        response.close()
        return response


def host_of(endpoint: str) -> str | None:
    """The host of an endpoint that may be asked; None for every other."""
    try:
        url = urlsplit(endpoint)
    except ValueError:
        return None
    if settings.PUSH_TEST_ORIGIN and f"{url.scheme}://{url.netloc}" == settings.PUSH_TEST_ORIGIN:
        return url.netloc
    host = url.netloc.lower().removesuffix(":443")
    usual = url.scheme == "https" and endpoint.isascii() and endpoint.isprintable() and _NAME.fullmatch(host)
    return host if usual and any(_fits(host, known) for known in settings.PUSH_HOSTS) else None


def keys_fit(p256dh: str, auth: str) -> bool:
    """Whether these are a point on the curve and a secret (RFC 8291, 3.1 and 3.2)."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh))
        return len(_decoded(auth)) == 16
    except (ValueError, binascii.Error):
        return False


@cache
def public_key() -> str:
    """What a browser subscribes with (base64url)."""
    point = _vapid().public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def send(target: Target, letter: Letter) -> Answer:
    """One message to one browser. Never raises for what the other side does."""
    if host_of(target.endpoint) is None or len(letter.text()) > LONGEST:
        return Answer(Outcome.REFUSED)
    keys = {"p256dh": target.p256dh, "auth": target.auth}
    headers = {"Urgency": letter.urgency, "Topic": letter.tag}
    try:
        with _Session() as session:
            response = webpush(
                {"endpoint": target.endpoint, "keys": keys},
                letter.text(),
                vapid_private_key=_vapid(),
                vapid_claims={"sub": settings.VAPID_SUBJECT},
                ttl=letter.ttl,
                headers=headers,
                requests_session=session,
            )
    except requests.RequestException:
        return Answer(Outcome.LATER)
    except WebPushException as error:
        return _answer(error.response)
    return _answer(response)


def _answer(response: requests.Response | None) -> Answer:
    if response is None:
        return Answer(Outcome.REFUSED)
    status = response.status_code
    if status in (404, 410):
        return Answer(Outcome.GONE, status=status)
    if status == 429 or status >= 500:
        asked = response.headers.get("Retry-After", "")
        rest = min(int(asked), LONGEST_REST_SECONDS) if asked.isascii() and asked.isdecimal() and len(asked) < 9 else 0
        return Answer(Outcome.LATER, rest=rest, status=status)
    return Answer(Outcome.SENT if 200 <= status < 300 else Outcome.REFUSED, status=status)


def _fits(host: str, known: str) -> bool:
    """`*.example.org` stands for every host below it."""
    return host.endswith(known[1:]) if known.startswith("*.") else host == known


def _decoded(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


@cache
def _vapid() -> Vapid:
    return Vapid.from_string(settings.VAPID_PRIVATE_KEY)
