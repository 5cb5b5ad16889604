"""Ending sessions. Called by views and receivers.

After each of these every socket of the account looks anew at whose it is, and other apps close what was no socket's.
"""

from datetime import datetime
from functools import partial

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from accounts.events import SessionsEnded
from accounts.models import User
from accounts.publish import publish
from accounts.services.batches import delete_some, little_by_little


@transaction.atomic
def end_session(*, session: int, by: User) -> bool:
    """One of one's own, by the id it is listed with. Whether there was something to end."""
    return _end(UserSession.objects.filter(pk=session), by)


@transaction.atomic
def end_other_sessions(*, this: str, by: User) -> bool:
    """All of one's own but the one with the key `this`. Whether there was something to end."""
    return _end(UserSession.objects.exclude(session_key=this), by)


@transaction.atomic
def end_all_sessions(*, user: User) -> bool:
    """Of an account that is closed for good. Whether there was something to end."""
    return _end(UserSession.objects.all(), user)


@transaction.atomic
def note_ended(*, user: User) -> None:
    """Sessions of theirs are over: they signed out at a browser, or have another password. Tokens issued before hold no
    more, because nobody can tell at which browser they were asked for."""
    User.objects.filter(pk=user.pk).update(sessions_ended=F("sessions_ended") + 1)
    publish(SessionsEnded(accounts=(user.pk,), user=user.pk))


def forget_over(*, before: datetime) -> int:
    """Sessions that ran out before then, and what is noted of browsers whose session is gone: the address of somebody
    who has not come since is nobody's business. Returns how many rows went."""
    ran_out = Session.objects.filter(expire_date__lt=before)
    going_on = Session.objects.filter(session_key=OuterRef("session_key"))
    noted = UserSession.objects.filter(~Exists(going_on), last_seen_at__lt=before)
    return sum(little_by_little(partial(delete_some, rows)) for rows in (ran_out, noted))


def _end(sessions: QuerySet[UserSession], user: User) -> bool:
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    found = list(sessions.filter(user=user))
    for session in found:
        session.end()
    if found:
        note_ended(user=user)
    return bool(found)
