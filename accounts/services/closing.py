"""The end of an account as its person asks for it: put off for some days, in which they may change their mind."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import letters, rules
from accounts.events import AccountClosing, AccountsTold
from accounts.models import User
from accounts.publish import publish
from accounts.services import safety
from accounts.services.locking import lock_people


@transaction.atomic
def close(*, by: User, session: str = "") -> User:
    """From now on nobody meets them. Nothing is lost yet but their place in a Space and what they had planned.
    `session` is the key of the one in which they ask, which goes on."""
    (me,) = lock_people(by)
    if me.closing_at is not None:
        return me
    me.closing_at = timezone.now() + timedelta(days=settings.ACCOUNT_CLOSING_DAYS)
    me.save(update_fields=["closing_at"])
    letters.write("closing", me)
    safety.end_other_sessions(this=session, by=me)
    publish(AccountClosing(user=me.pk, accounts=(me.pk,)))
    return me


@transaction.atomic
def keep(*, by: User) -> None:
    """They changed their mind: everything is there again."""
    (me,) = lock_people(by)
    if me.closing_at is None:
        return
    rules.may_keep(me, now=timezone.now())
    me.closing_at = None
    me.save(update_fields=["closing_at"])
    publish(AccountsTold(accounts=(me.pk,)))


@transaction.atomic
def condemn(*, user: User) -> None:
    """Staff decide: at once, and for a suspended account too, whose address then opens no other. Whoever erases
    accounts finds it next."""
    (person,) = lock_people(user)
    now = timezone.now()
    if person.erased_at is not None or (person.closing_at is not None and person.closing_at <= now):
        return
    person.closing_at = now
    person.save(update_fields=["closing_at"])
    safety.end_all_sessions(user=person)
    publish(AccountClosing(user=person.pk, accounts=(person.pk,)))
