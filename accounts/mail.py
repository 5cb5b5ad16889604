"""The mail of an installation without a mail server: printed for whoever watches, kept for whoever comes later."""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.console import EmailBackend
from django.utils import timezone


class PrintedAndKeptBackend(EmailBackend):
    """Prints each mail to the console and keeps it as one file under EMAIL_FILE_PATH, readable by the owner only."""

    def write_message(self, message) -> None:
        super().write_message(message)
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = f"{timezone.now():%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}.eml"
        # Codes that open accounts are inside.
        with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(message.message().as_bytes())
