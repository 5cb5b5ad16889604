"""Who is asking: an account, a guest with a signed cookie, or another program with a bearer token.

Used by views and consumers at the door; services and rules never see a request.
"""

import hashlib
import secrets
from dataclasses import dataclass, replace

from django.conf import settings
from django.core import signing

GUEST_COOKIE = "openfloor_guest"
GUEST_SALT = "rooms.guest"
GUEST_MAX_AGE = 180 * 24 * 3600
LINKS_KEY = "invite_links"
LINKS_KEPT = 20
BEARER_SALT = "rooms.bearer"
BEARER_MAX_AGE = 24 * 3600


@dataclass(frozen=True)
class Person:
    """Exactly one of `user` and `guest` (SHA-256 of the cookie's id) is set; neither is a visitor without a cookie.

    `device` is what `guest` would be without an account; `links` are ids of the invite links opened in this browser.
    """

    user: object | None = None
    guest: str = ""
    device: str = ""
    links: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.user or self.guest)

    def __str__(self) -> str:
        return f"user:{self.user.pk}" if self.user else f"guest:{self.guest}"


def person_of(user, cookies, session=None) -> Person:
    links = frozenset(session.get(LINKS_KEY, ())) if session is not None else frozenset()
    try:
        value = signing.loads(cookies.get(GUEST_COOKIE, ""), salt=GUEST_SALT, max_age=GUEST_MAX_AGE)
        device = _digest(value)
    except signing.BadSignature:
        device = ""
    if user.is_authenticated:
        return Person(user=user, device=device, links=links)
    return Person(guest=device, device=device, links=links)


def remember_link(session, link) -> None:
    """This browser holds that invite link from now on; the newest few are kept."""
    held = [pk for pk in session.get(LINKS_KEY, []) if pk != str(link.pk)]
    session[LINKS_KEY] = [*held, str(link.pk)][-LINKS_KEPT:]


def new_guest(links: frozenset[str] = frozenset()) -> tuple[Person, str]:
    """A new guest and the cookie value that will prove to be them; `links` are those the visitor already held."""
    return on_this_device(Person(links=links))


def on_this_device(person: Person) -> tuple[Person, str]:
    """The person with a browser that is known again, a guest where there is no account; and the cookie value to know
    it by, empty where it has one."""
    if person.device:
        return person, ""
    value = secrets.token_urlsafe(16)
    device = _digest(value)
    known = replace(person, guest="" if person.user else device, device=device)
    return known, signing.dumps(value, salt=GUEST_SALT)


def remember_device(response, cookie: str) -> None:
    if not cookie:
        return
    response.set_cookie(
        GUEST_COOKIE,
        cookie,
        max_age=GUEST_MAX_AGE,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )


def bearer_token(participant) -> str:
    """For WHIP and WHEP clients that are not browsers (RFC 9725, 4.7); good for a day while the person stays inside,
    and until a session of theirs is ended or their password changed."""
    return signing.dumps([str(participant.pk), _bound_to(participant)], salt=BEARER_SALT)


def participant_id(token: str) -> str | None:
    """Whom a token names; `holds` says whether it still speaks for them."""
    named = _read(token)
    return named[0] if named else None


def holds(token: str, participant) -> bool:
    return _read(token) == [str(participant.pk), _bound_to(participant)]


def _read(token: str) -> list[str] | None:
    try:
        return signing.loads(token, salt=BEARER_SALT, max_age=BEARER_MAX_AGE)
    except signing.BadSignature:
        return None


def _bound_to(participant) -> str:
    if participant.is_guest:
        return ""
    user = participant.user
    return _digest(f"{user.get_session_auth_hash()}:{user.sessions_ended}")


def _digest(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()
