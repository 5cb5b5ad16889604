"""A push service on this machine: a real HTTP server that checks who sends (RFC 8292) and reads what browsers would
(RFC 8188, 8291). Its browsers are made here, keys and all."""

import base64
import json
import threading
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.urls import reverse

from accounts.models import Kind, Notification, PushSubscription
from accounts.services import notifications

FORM = "application/x-www-form-urlencoded"
# How soon it notices that it is to stop (s).
POLL_SECONDS = 0.01


@dataclass
class Browser:
    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"sixteen bytes!!!"

    @property
    def keys(self) -> dict[str, str]:
        """As a browser gives them to a page."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"endpoint": self.endpoint, "p256dh": unpadded(point), "auth": unpadded(self.secret)}


@dataclass
class Received:
    browser: str
    headers: Message
    claims: dict
    said: dict


class Sink:
    """`answers` are the status and headers of the next answers; 201 once there are none left."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.browsers: dict[str, Browser] = {}
        self.asked = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(POLL_SECONDS,), daemon=True).start()

    def browser(self, name: str) -> Browser:
        return self.browsers.setdefault(f"/{name}", Browser(f"{self.origin}/{name}"))

    def to(self, name: str) -> list[Received]:
        return [each for each in self.received if each.browser == f"/{name}"]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def read(self, path: str, headers, body: bytes) -> Received:
        """Raises where a push service or a browser would refuse."""
        scheme, _, rest = headers["Authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        assert scheme == "vapid" and headers["Content-Encoding"] == "aes128gcm"
        browser = self.browsers[path]
        said = http_ece.decrypt(body, private_key=browser.key, auth_secret=browser.secret, version="aes128gcm")
        return Received(path, headers, verified(parts["t"], parts["k"]), json.loads(said))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                sink.asked += 1
                status, headers = sink.answers.pop(0) if sink.answers else (201, {})
                if status == 201:
                    sink.received.append(sink.read(self.path, self.headers, body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args) -> None:
                pass

        return Handler


def verified(token: str, key: str) -> dict:
    """The claims of a JWT signed with ES256 by that public key."""
    signed, _, signature = token.rpartition(".")
    raw = decoded(signature)
    r, s = int.from_bytes(raw[:32]), int.from_bytes(raw[32:])
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(key))
    public.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))
    return json.loads(decoded(signed.partition(".")[2]))


def unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def put(client, **said):
    """What a page sends when push is switched on in its browser."""
    return client.put(reverse("push"), urlencode(said), content_type=FORM)


def switched_on(client, sink: Sink, name: str = "ana") -> PushSubscription:
    assert put(client, **sink.browser(name).keys).status_code == 204
    return PushSubscription.objects.get(endpoint=sink.browser(name).endpoint)


def rings(person, actor, subject: str = "request") -> Notification:
    """Something that is pushed to them."""
    notifications.wish(kind=Kind.FOLLOW, way="by_push", on=True, by=person)
    notifications.tell(kind=Kind.FOLLOW, users=[person.pk], actor=actor.pk, subject=subject)
    return Notification.objects.latest("pk")
