"""Celery tasks: thin, idempotent, each safe to run twice."""

import logging

from celery import shared_task
from django.utils import timezone
from redis.exceptions import RedisError

from rooms import mail, pulse, selectors
from rooms.models import Participant, Space
from rooms.presence import absent
from rooms.relay import client as relay
from rooms.services import attendance, clock, invitations, reminders, talk

log = logging.getLogger(__name__)

MAILS_AT_ONCE = 200


@shared_task
def sweep_absent() -> int:
    """Lets those leave of whom nothing was heard for too long; returns how many."""
    gone = 0
    for space in Space.objects.filter(state=Space.State.LIVE):
        # Once more, for changes that were made while Redis was away.
        pulse.announce(space.pk, space.version)
        inside = Participant.objects.filter(space=space, left_at__isnull=True)
        for participant in absent(space.pk, inside):
            attendance.leave(participant=participant, by=None)
            gone += 1
        clock.tick(space_id=space.pk)
    for space_id in selectors.lately_live(timezone.now()):
        _note_talk(space_id)
    return gone


@shared_task
def tick() -> int:
    """Countdowns that are over: offers, turns, the end of a Space without a host, the expiry of one not started."""
    due = selectors.due(timezone.now())
    for space_id in due:
        clock.tick(space_id=space_id)
    return len(due)


@shared_task
def remind() -> int:
    """Tells people of Spaces that are about to start, and sends the mails that are due; returns how many were told."""
    now = timezone.now()
    told = sum(reminders.remind(space_id=pk, now=now) for pk in selectors.to_remind(now))
    for space_id in selectors.with_late_invitations(now):
        invitations.expire(space_id=space_id, now=now)
    for notice in selectors.to_mail(now, MAILS_AT_ONCE):
        _mail(notice)
    return told


def _mail(notice) -> None:
    if not reminders.claim_mail(notice):
        return
    try:
        mail.send_notice(notice)
    except Exception:
        log.exception("the mail of notice %s could not be sent", notice.pk)
        reminders.release_mail(notice)


def _note_talk(space_id) -> None:
    try:
        times = relay.take_talk_times(str(space_id))
    except RedisError:
        return
    talk.note(space_id=space_id, times=times)
