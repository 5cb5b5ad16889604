"""What is due by push goes out once to each browser, and a push service that is slow or away harms nobody else.

One round at a time: claimed here, sent by several threads that know no database. A service that asks for patience, or
does not answer, rests; what could not be sent meanwhile is offered again after that.
"""

import base64
import hashlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.core.cache import cache
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts import selectors, webpush
from accounts.models import Kind, Notification, PushSubscription
from accounts.services import push
from accounts.webpush import Answer, Letter, Outcome, Target

log = logging.getLogger(__name__)

# No round takes up more after so long; how many are taken up together and wait for an answer at the same time: what is
# claimed and not sent is lost with a worker that is killed.
ROUND_SECONDS, AT_ONCE = 20, 16
# What nobody could be told within this has lost its point, and a push service keeps it no longer.
TRIED_FOR = timedelta(minutes=30)
KEPT_SECONDS = {kind: 24 * 3600 for kind in (Kind.MESSAGE, Kind.INVITATION, Kind.FOLLOW)}
# A service that is away rests for so long at first, twice as long each time, and never longer than this (s).
FIRST_REST, LONGEST_REST = 10, 600
RESTING_KEY = "push:resting"


def send_due() -> int:
    """One round; returns how many messages were taken."""
    over, sent, last = time.monotonic() + ROUND_SECONDS, 0, 0
    with ThreadPoolExecutor(AT_ONCE) as threads:
        while time.monotonic() < over:
            due = list(_due(_resting()).filter(pk__gt=last)[:AT_ONCE])
            if not due:
                break
            last = due[-1].pk
            sent += _send_all([each for row in due if (each := _claimed(row))], threads, over)
    return sent


def send_test(subscription: PushSubscription) -> Answer:
    """To one browser, right now, whatever its person is told of."""
    letter = Letter("Openfloor", "This is how you will be told.", "/me/notifications/", "test", 60, "high")
    answer = webpush.send(_target(subscription), letter)
    _note(subscription, answer)
    return answer


def _due(resting: dict) -> QuerySet[Notification]:
    """Unclaimed, with a browser that can be asked now."""
    browsers = PushSubscription.objects.filter(user=OuterRef("user"))
    for host in resting:
        browsers = browsers.exclude(endpoint__startswith=f"https://{host}/").exclude(
            endpoint__startswith=f"http://{host}/"
        )
    unclaimed = Notification.objects.filter(pushed_at__isnull=True, created_at__gt=timezone.now() - TRIED_FOR)
    return unclaimed.filter(Exists(browsers)).select_related("user").order_by("pk")


def _claimed(row: Notification) -> tuple[Notification, Letter, list[PushSubscription]] | None:
    """Claimed, with what to send and to which browsers; None where there is nothing to send."""
    if not row.user.is_open:
        return None
    claimed = push.claim(notification=row)
    if claimed is None or not (letter := letter_of(claimed, row.user)):
        return None
    claimed.user = row.user
    got = cache.get(_got_key(row), set())
    browsers = [each for each in push.browsers_of(row.user) if each.pk not in got]
    return (claimed, letter, browsers) if browsers else None


def letter_of(row: Notification, reader) -> Letter | None:
    """None where it is about something they may see no more."""
    if not (shown := selectors.about([row], reader)):
        return None
    [(_, card)] = shown
    group = selectors.one_thing(row, card, reader)
    who = "You" if row.actor_id == reader.pk else row.actor.display_name
    tag = base64.urlsafe_b64encode(hashlib.sha256(f"{row.kind} {row.subject}".encode()).digest())[:32].decode()
    ttl = KEPT_SECONDS.get(row.kind, int(TRIED_FOR.total_seconds()))
    return Letter(
        who, group.sentence, group.get_absolute_url(), tag, ttl, "normal" if row.kind == Kind.FOLLOW else "high"
    )


def _send_all(claimed: list, threads: ThreadPoolExecutor, over: float) -> int:
    """So many at a time as are sent at once: a service that does not answer holds up those, and then it rests. What was
    not even tried is released, whatever fails."""
    later = {row for row, _, _ in claimed}
    try:
        return _send_each(claimed, later, threads, over)
    finally:
        for row in later:
            push.release(notification=row)


def _send_each(claimed: list, later: set[Notification], threads: ThreadPoolExecutor, over: float) -> int:
    """How many were sent; what is to be tried again stays in `later`."""
    jobs = [(row, letter, browser) for row, letter, browsers in claimed for browser in browsers]
    sent, put_off = 0, set()
    for start in range(0, len(jobs), AT_ONCE):
        resting = _resting()
        ready = []
        for job in jobs[start : start + AT_ONCE]:
            if _host(job[2]) in resting or time.monotonic() > over:
                put_off.add(job[0])
            else:
                ready.append(job)
        later -= {row for row, _, _ in ready}
        answers = threads.map(lambda job: webpush.send(_target(job[2]), job[1]), ready)
        for (row, _, browser), answer in zip(ready, list(answers), strict=True):
            _note(browser, answer)
            sent += answer.outcome is Outcome.SENT
            if answer.outcome is Outcome.LATER:
                put_off.add(row)
            else:
                got = cache.get(_got_key(row), set()) | {browser.pk}
                cache.set(_got_key(row), got, timeout=int(TRIED_FOR.total_seconds()))
    later |= put_off
    return sent


def _note(browser: PushSubscription, answer: Answer) -> None:
    """What the answer says of the browser and of its push service."""
    host, resting = _host(browser), _resting(all_of_them=True)
    if answer.outcome is Outcome.GONE:
        push.forget_subscription(subscription=browser)
    elif answer.outcome is Outcome.REFUSED:
        log.warning("%s refused a push: %s", host, answer.status)
    if answer.outcome is Outcome.LATER:
        until, times = resting.get(host, (0, 0))
        # One pause for all that failed together.
        if until <= time.time():
            rest = answer.rest or min(FIRST_REST * 2**times, LONGEST_REST)
            cache.set(RESTING_KEY, resting | {host: (time.time() + rest, times + 1)}, timeout=24 * 3600)
            log.warning("%s takes no push for %d s: %s", host, rest, answer.status or "no answer")
    elif host in resting:
        cache.set(RESTING_KEY, {name: rest for name, rest in resting.items() if name != host}, timeout=24 * 3600)


def _resting(*, all_of_them: bool = False) -> dict[str, tuple[float, int]]:
    """Push services that are left alone: until when (Unix time), and how often in a row. With those whose rest is over
    and who have not answered since."""
    resting = cache.get(RESTING_KEY, {})
    return resting if all_of_them else {host: rest for host, rest in resting.items() if rest[0] > time.time()}


def _host(browser: PushSubscription) -> str:
    return webpush.host_of(browser.endpoint) or ""


def _target(browser: PushSubscription) -> Target:
    return Target(browser.endpoint, browser.p256dh, browser.auth)


def _got_key(row: Notification) -> str:
    """The browsers that have it."""
    return f"push:got:{row.pk}"
