"""The cast of the account tests and the mail they are sent."""

from collections.abc import Iterator

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import people
from tests.support.cast import user
from tests.support.mailbox import Mailbox
from tests.support.push_sink import Sink

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


@pytest.fixture
def bo(db) -> User:
    return user("bo")


@pytest.fixture
def window(ana) -> Client:
    """Hers, signed in."""
    client = Client()
    client.force_login(ana)
    return client


@pytest.fixture
def sink(settings) -> Iterator[Sink]:
    sink = Sink()
    settings.PUSH_TEST_ORIGIN = sink.origin
    yield sink
    sink.close()


@pytest.fixture(autouse=True)
def _own_storage(settings, tmp_path) -> None:
    """Copies of own data of one test are not found by the next."""
    options = {"location": tmp_path / "private"}
    backend = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    settings.STORAGES = settings.STORAGES | {"private": backend}
