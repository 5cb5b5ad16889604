"""Erases an account at once: `manage.py erase_account HANDLE`. What suspended people were barred from stays barred."""

from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.services import closing, erasure


class Command(BaseCommand):
    help = "Erases an account for good, without the days in which its person could change their mind."

    def add_arguments(self, parser) -> None:
        parser.add_argument("handle")

    def handle(self, *args, handle: str, **options) -> None:
        person = User.objects.filter(handle=handle.removeprefix("@").lower(), erased_at__isnull=True).first()
        if person is None:
            raise CommandError(f"Nobody here goes by @{handle}.")
        closing.condemn(user=person)
        erasure.erase(user_id=person.pk)
        self.stdout.write("Erased.")
