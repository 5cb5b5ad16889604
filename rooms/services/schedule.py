"""The calendar: a Space is planned, moved, cancelled, started, or expires. Notices go out with it."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from rooms import rules, selectors
from rooms.events import SpaceCancelled, SpaceChanged, SpaceExpired, SpaceScheduled, SpaceStarted
from rooms.identity import Person
from rooms.models import Notice, Participant, Space
from rooms.publish import publish
from rooms.refusals import Refused
from rooms.services import attendance, claims, hosting, links, reminders, spaces
from rooms.services.ending import close_invitations
from rooms.services.locking import bump, lock, lock_user, unless_taken


@transaction.atomic
def plan(*, scheduled_for: datetime, by, **details) -> Space:
    """`details` as in spaces.start."""
    lock_user(by)
    hosting.may_host(by)
    now = timezone.now()
    rules.may_schedule(
        start=scheduled_for,
        now=now,
        days=settings.SCHEDULE_MAX_DAYS,
        slack=settings.SCHEDULE_SLACK_SECONDS,
        scheduled=Space.objects.filter(host=by, state=Space.State.SCHEDULED).count(),
        most=settings.SCHEDULED_PER_HOST,
    )
    details |= {"state": Space.State.SCHEDULED, "scheduled_for": scheduled_for, "time_set_at": now}
    with unless_taken("already_scheduled"):
        space = spaces.create(host=by, **details)
    publish(SpaceScheduled(space=space.pk, version=space.version, accounts=(by.pk,)))
    return space


@transaction.atomic
def move(*, space: Space, scheduled_for: datetime, by) -> None:
    """Reminders go out again for the new time, and whoever asked for one is told that it moved."""
    space = lock(space.pk)
    rules.may_keep_calendar(space, is_host=space.host_id == by.pk)
    if space.scheduled_for == scheduled_for:
        return
    now = timezone.now()
    days, slack = settings.SCHEDULE_MAX_DAYS, settings.SCHEDULE_SLACK_SECONDS
    rules.may_schedule(start=scheduled_for, now=now, days=days, slack=slack)
    space.scheduled_for, space.time_set_at = scheduled_for, now
    space.calendar_sequence += 1
    space.save(update_fields=["scheduled_for", "time_set_at", "calendar_sequence"])
    _extend_invitations(space)
    links.extend(space)
    shown = claims.shown_to(space)
    reminders.rearm(space)
    accounts = reminders.tell(space, Notice.Kind.MOVED, selectors.waiting(space))
    publish(SpaceChanged(space=space.pk, version=bump(space), accounts=(by.pk, *accounts, *shown)))


@transaction.atomic
def cancel(*, space: Space, by) -> None:
    space = lock(space.pk)
    if space.state == Space.State.CANCELLED:
        return
    rules.may_keep_calendar(space, is_host=space.host_id == by.pk)
    accounts = _give_up(space, Space.State.CANCELLED, Notice.Kind.CANCELLED, selectors.waiting(space))
    publish(SpaceCancelled(space=space.pk, version=bump(space), accounts=(by.pk, *accounts)))


def go_live(*, space: Space, by, device: str = "") -> Space:
    """Early or late: its host, seated and muted. The next round of reminders tells everybody who waited. `device` as
    in Person."""
    host = _go_live(space=space, by=by, device=device)
    attendance.leave_earlier(participant=host, by=Person(user=by, device=device))
    return host.space


@transaction.atomic
def _go_live(*, space: Space, by, device: str) -> Participant:
    lock_user(by)
    space = lock(space.pk)
    rules.may_keep_calendar(space, is_host=space.host_id == by.pk)
    refuse_expired(space)
    hosting.may_host(by)
    rules.may_start(hosts_live_space=hosting.hosts_live_space(by))
    space.state, space.started_at = Space.State.LIVE, timezone.now()
    # Whoever asked to be told after it was time has heard nothing yet.
    space.start_told_at = None
    space.calendar_sequence += 1
    with unless_taken("already_live"):
        space.save(update_fields=["state", "started_at", "start_told_at", "calendar_sequence"])
    host = spaces.seat_host(space, device=device)
    publish(SpaceStarted(space=space.pk, version=bump(space), accounts=(by.pk, *claims.shown_to(space))))
    return host


def expire(space: Space, now: datetime) -> None:
    """Under the lock: nobody started it in time. Its host and everybody who waited are told."""
    if not rules.expires(space, now=now, seconds=settings.SCHEDULE_EXPIRES_SECONDS):
        return
    told = {space.host_id, *selectors.waiting(space)}
    accounts = _give_up(space, Space.State.EXPIRED, Notice.Kind.EXPIRED, told)
    publish(SpaceExpired(space=space.pk, version=bump(space), accounts=accounts))


def refuse_expired(space: Space) -> None:
    """The sweep may be late; the time is not."""
    if rules.expires(space, now=timezone.now(), seconds=settings.SCHEDULE_EXPIRES_SECONDS):
        raise Refused("ended")


def _give_up(space: Space, state: str, kind: str, told) -> tuple[int, ...]:
    space.state = state
    space.calendar_sequence += 1
    space.save(update_fields=["state", "calendar_sequence"])
    shown = claims.shown_to(space)
    close_invitations(space)
    return (*reminders.tell(space, kind, told), *shown)


def _extend_invitations(space: Space) -> None:
    until = space.scheduled_for + timedelta(hours=settings.INVITATION_HOURS)
    space.invitations.filter(expires_at__lt=until, state__in=["pending", "accepted"]).update(expires_at=until)
