"""Makes the demo's accounts and its live Space. Safe to repeat; `manage.py up --demo` does; refused when DEBUG=0."""

import sys

from django.core.management import BaseCommand

from rooms.demo import cast


class Command(BaseCommand):
    help = f"Make the accounts of the demo (password {cast.PASSWORD}) and its live Space."
    requires_system_checks = []

    def handle(self, **options) -> None:
        try:
            cast.ensure_accounts()
            cast.ensure_stage()
        except cast.NotHere as refusal:
            self.stderr.write(f"openfloor: {refusal}")
            sys.exit(2)
