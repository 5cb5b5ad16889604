"""Destroys at once what has expired: `manage.py purge_copies`. Celery does the same each minute."""

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from recordings import selectors
from recordings.services import guard, purge


class Command(BaseCommand):
    help = "Destroys copies and replays whose time is over."

    def add_arguments(self, parser) -> None:
        help = "You have looked at the clock, it is right, and all that has expired by now may go. Counts once."
        parser.add_argument("--after-clock-jump", action="store_true", help=help)

    def handle(self, *args, after_clock_jump: bool, **options) -> None:
        if after_clock_jump:
            guard.allow(timezone.now())
        gone = 0
        while done := purge.purge_due():
            gone += done
        self.stdout.write(f"Destroyed: {gone}.")
        if selectors.due(timezone.now()).count:
            raise CommandError("Not all that has expired is gone: the log says why.")
