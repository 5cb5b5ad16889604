"""Celery: queues and the beat schedule in one visible place."""

import os
import time

from celery import Celery
from celery.signals import task_success
from django.core.cache import cache

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("openfloor")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_soft_time_limit=240,
    task_time_limit=300,
    broker_connection_retry_on_startup=True,
    timezone="UTC",
    beat_schedule={
        "people who are gone leave": {
            "task": "rooms.tasks.sweep_absent",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "countdowns that are over": {
            "task": "rooms.tasks.tick",
            "schedule": 1.0,
            "options": {"expires": 1.0},
        },
        "reminders that are due": {
            "task": "rooms.tasks.remind",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "followers who are not told yet": {
            "task": "accounts.tasks.fan_out",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "requests to accounts that opened up": {
            "task": "accounts.tasks.accept_requests",
            "schedule": 600.0,
            "options": {"expires": 600.0},
        },
        "pushes that are due": {
            "task": "accounts.tasks.push",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "mails of the day": {
            "task": "accounts.tasks.write_digests",
            "schedule": 600.0,
            "options": {"expires": 600.0},
        },
        "what was told long ago is forgotten": {
            "task": "accounts.tasks.forget_notifications",
            "schedule": 24 * 3600.0,
        },
        "mails that are due": {
            "task": "rooms.tasks.send_mails",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "mails about accounts": {
            "task": "accounts.tasks.send_letters",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "copies that were asked for": {
            "task": "accounts.tasks.make_copies",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "copies whose time is over": {
            "task": "accounts.tasks.delete_copies",
            "schedule": 3600.0,
            "options": {"expires": 3600.0},
        },
        "replays to be mixed": {
            "task": "recordings.tasks.make_replays",
            "schedule": 5.0,
            "options": {"expires": 5.0},
        },
        "files of replays that do not count": {
            "task": "recordings.tasks.tidy_replays",
            "schedule": 600.0,
            "options": {"expires": 600.0},
        },
        "sessions that people take with them": {
            "task": "recordings.tasks.make_exports",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "taken sessions whose time is over": {
            "task": "recordings.tasks.delete_exports",
            "schedule": 600.0,
            "options": {"expires": 600.0},
        },
        "sessions that are over": {
            "task": "accounts.tasks.forget_sessions",
            "schedule": 24 * 3600.0,
        },
        "sound whose time is over": {
            "task": "recordings.tasks.purge",
            "schedule": 60.0,
            "options": {"expires": 60.0},
        },
        "sound that is in no replay, where staff have no copy": {
            "task": "recordings.tasks.thin",
            "schedule": 3600.0,
            "options": {"expires": 3600.0},
        },
        "files without rows, rows without files": {
            "task": "recordings.tasks.sweep",
            "schedule": 24 * 3600.0,
        },
        "accounts whose time is over": {
            "task": "accounts.tasks.erase_accounts",
            "schedule": 3600.0,
            "options": {"expires": 3600.0},
        },
    },
)
app.autodiscover_tasks()

# Unix time (s) at which a task last ran to its end, for /readyz: queue, worker and beat all did their part.
WORKER_SEEN = "health:worker-seen"
WORKER_SEEN_KEPT_SECONDS = 24 * 3600


@task_success.connect
def note_that_tasks_run(**kwargs) -> None:
    cache.set(WORKER_SEEN, time.time(), timeout=WORKER_SEEN_KEPT_SECONDS)
