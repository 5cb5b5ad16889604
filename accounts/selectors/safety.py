"""What protects an account, and where it is signed in. Called by its own person's views and at the staff's door."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from accounts import devices
from accounts.models import User


@dataclass(frozen=True)
class Factors:
    """The second steps of an account: codes of an app, passkeys, and how many recovery codes are left."""

    app: Authenticator | None = None
    passkeys: tuple[Authenticator, ...] = ()
    codes_left: int = 0

    @property
    def are_on(self) -> bool:
        return bool(self.app or self.passkeys)

    @property
    def proved_at(self) -> str:
        """The page (a URL's name) that asks for one of them again."""
        return "mfa_reauthenticate" if self.app else "mfa_reauthenticate_webauthn"


@dataclass(frozen=True)
class Place:
    """One browser at which an account is signed in. `device` in words, such as "Firefox on Linux"."""

    id: int
    device: str
    address: str
    since: datetime
    seen: datetime
    is_this: bool


def factors(user) -> Factors:
    """One query."""
    found = list(Authenticator.objects.filter(user_id=user.pk).order_by("created_at"))
    by_type = {each.type: each for each in found}
    codes = by_type.get(Authenticator.Type.RECOVERY_CODES)
    return Factors(
        app=by_type.get(Authenticator.Type.TOTP),
        passkeys=tuple(each for each in found if each.type == Authenticator.Type.WEBAUTHN),
        codes_left=len(codes.wrap().get_unused_codes()) if codes else 0,
    )


def places(user: User, this: str) -> list[Place]:
    """Where somebody is signed in now: the browser of session `this` first, then who was seen last. Two queries."""
    noted = list(UserSession.objects.filter(user=user).order_by("-last_seen_at"))
    alive = Session.objects.filter(session_key__in=[each.session_key for each in noted], expire_date__gt=timezone.now())
    keys = {each.session_key for each in alive if _is_theirs(each, user)}
    found = [_place(each, this) for each in noted if each.session_key in keys]
    return sorted(found, key=lambda place: not place.is_this)


def _is_theirs(session: Session, user: User) -> bool:
    """A session of before the password changed is there until it expires, and opens nothing."""
    facts = session.get_decoded()
    return facts.get(SESSION_KEY) == str(user.pk) and facts.get(HASH_SESSION_KEY) == user.get_session_auth_hash()


def _place(noted: UserSession, this: str) -> Place:
    return Place(
        id=noted.pk,
        device=devices.in_words(noted.user_agent),
        address=noted.ip,
        since=noted.created_at,
        seen=noted.last_seen_at,
        is_this=noted.session_key == this,
    )
