"""Invite links into private Spaces: made, and revoked."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rooms import doors
from rooms.events import LinkRevoked, SpaceChanged
from rooms.models import InviteLink, Space
from rooms.publish import publish
from rooms.services import claims
from rooms.services.locking import bump, leading_role, lock

TOKEN_BYTES = 16


@transaction.atomic
def make(*, space: Space, by) -> tuple[InviteLink, str]:
    """The link and its token, which is shown this once and kept nowhere."""
    space = lock(space.pk)
    now = timezone.now()
    open_links = InviteLink.objects.filter(space=space, revoked_at__isnull=True, expires_at__gt=now).count()
    role = leading_role(space, by)
    doors.may_make_link(space, role=role, open_links=open_links, most=settings.INVITE_LINKS_MAX)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    link = InviteLink.objects.create(
        space=space,
        token_hash=digest(token),
        created_by=by,
        created_at=now,
        expires_at=max(now, space.scheduled_for or now) + timedelta(days=settings.INVITE_LINK_DAYS),
    )
    publish(SpaceChanged(space=space.pk, version=bump(space), accounts=_host_of(space)))
    return link, token


@transaction.atomic
def revoke(*, link: InviteLink, by) -> None:
    """Whoever came in with it stays; nobody else comes."""
    space = lock(link.space_id)
    doors.may_revoke_link(space, role=leading_role(space, by))
    if InviteLink.objects.filter(pk=link.pk, revoked_at__isnull=True).update(revoked_at=timezone.now()):
        shown = claims.shown_to(space)
        publish(LinkRevoked(space=space.pk, version=bump(space), accounts=(*_host_of(space), *shown)))


def extend(space: Space) -> None:
    """Under the lock: its start was moved, and the links into it open as long after that."""
    until = space.scheduled_for + timedelta(days=settings.INVITE_LINK_DAYS)
    still_open = InviteLink.objects.filter(space=space, revoked_at__isnull=True, expires_at__gt=timezone.now())
    still_open.filter(expires_at__lt=until).update(expires_at=until)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _host_of(space: Space) -> tuple[int, ...]:
    """There is no room yet in which those who lead would see it."""
    return () if space.is_live else (space.host_id,)
