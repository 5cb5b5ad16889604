"""The cast of the account tests and the mail they are sent."""

import pytest

from accounts.models import User
from accounts.services import people
from tests.support.mailbox import Mailbox

SECRET = "a lamp in the evening"


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
