"""Celery tasks: thin, idempotent, each safe to run twice."""

from collections.abc import Callable, Iterable

from celery import shared_task
from django.utils import timezone
from redis.exceptions import RedisError

from accounts.rounds import alone
from rooms import mail, pulse, selectors
from rooms.models import Participant, Space
from rooms.presence import absent
from rooms.relay import client as relay
from rooms.services import attendance, blocks, clock, departure, invitations, reminders, talk

# Longer than a round of mails takes; whoever is killed in the middle holds up mails for so long at most.
MAILING_KEY, MAILING_SECONDS = "rooms:mailing", 240


@shared_task
def sweep_absent() -> int:
    """Lets those leave of whom nothing was heard for too long, or whose account was closed, and whom a block keeps out;
    returns how many."""
    with _Each() as spaces:
        spaces.each(lambda user: departure.depart(user=user), selectors.leaving())
        gone = sum(spaces.each(_sweep, Space.objects.filter(state=Space.State.LIVE)))
        spaces.each(_note_talk, selectors.lately_live(timezone.now()))
    return gone


@shared_task
def tick() -> int:
    """Countdowns that are over: offers, turns, the end of a Space without a host, the expiry of one not started."""
    with _Each() as spaces:
        return len(spaces.each(lambda pk: clock.tick(space_id=pk), selectors.due(timezone.now())))


@shared_task
def remind() -> int:
    """Tells people of Spaces that are about to start; returns how many were told."""
    now = timezone.now()
    with _Each() as spaces:
        told = sum(spaces.each(lambda pk: reminders.remind(space_id=pk, now=now), selectors.to_remind(now)))
        spaces.each(lambda pk: invitations.expire(space_id=pk, now=now), selectors.with_late_invitations(now))
    return told


@shared_task
def send_mails() -> int:
    """Sends the mails that are due; returns how many. One round at a time: mail servers may be slow."""
    return alone(MAILING_KEY, MAILING_SECONDS, mail.send_due)


class _Each:
    """Spaces, or people, one after the other: what fails in one is raised when all others have had their turn."""

    def __init__(self) -> None:
        self.failed: list[Exception] = []

    def __enter__(self) -> "_Each":
        return self

    def __exit__(self, *error) -> None:
        if self.failed:
            raise ExceptionGroup("not in every Space", self.failed)

    def each(self, act: Callable, of: Iterable) -> list:
        """What came of those that went well."""
        done = []
        for one in of:
            try:
                done.append(act(one))
            except Exception as error:
                error.add_note(f"in {one}")
                self.failed.append(error)
        return done


def _sweep(space: Space) -> int:
    # Once more, for changes that were made while Redis was away.
    pulse.announce(space.pk, space.version)
    gone = 0
    inside = Participant.objects.filter(space=space, left_at__isnull=True)
    for participant in inside.filter(user__is_active=False):
        attendance.walk_out(participant=participant)
        gone += 1
    if blocked := selectors.to_see_off(space):
        blocks.enforce(space_id=space.pk)
        gone += len(blocked)
    for participant in absent(space.pk, inside):
        # Asked again: seeing off those before may have taken long enough to come back in.
        if absent(space.pk, [participant]):
            attendance.leave(participant=participant, by=None)
            gone += 1
    clock.tick(space_id=space.pk)
    return gone


def _note_talk(space_id) -> None:
    try:
        times = relay.take_talk_times(str(space_id))
    except RedisError:
        return
    talk.note(space_id=space_id, times=times)
