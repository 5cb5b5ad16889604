"""The cast of the account tests and the mail they are sent."""

import email
import re
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from accounts.models import User
from accounts.services import people

SECRET = "a lamp in the evening"


class Mailbox:
    """Mails as the embedded backend kept them, oldest first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(f.read_bytes(), policy=default) for f in sorted(self.folder.glob("*.eml"))]

    def last(self) -> EmailMessage:
        return self.mails()[-1]

    def code(self) -> str:
        """The code in the newest mail."""
        return re.search(r"^ +([A-Z]{4}-[A-Z]{4})$", self.last().get_content(), re.MULTILINE)[1]


@pytest.fixture
def mailbox(settings, tmp_path) -> Mailbox:
    settings.EMAIL_BACKEND = "accounts.mail.PrintedAndKeptBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    return Mailbox(settings.EMAIL_FILE_PATH)


@pytest.fixture
def ana(db) -> User:
    return people.open_account(handle="ana_lima", email="ana@example.org", password=SECRET, display_name="Ana Lima")


@pytest.fixture
def staff(db) -> User:
    return people.open_account(
        handle="keeper",
        email="keeper@example.org",
        password=SECRET,
        display_name="Keeper",
        is_staff=True,
        is_superuser=True,
    )
