"""Copies of own data, as tests ask for them, make them and look into them."""

import io
import json
import zipfile

from django.core.files.storage import storages
from django.test import Client

from accounts import tasks
from accounts.models import AccountExport, User
from accounts.services import copies


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def make(person: User) -> AccountExport:
    copies.ask(by=person)
    assert tasks.make_copies() == 1
    return AccountExport.objects.filter(user=person).first()


def opened(copy: AccountExport) -> zipfile.ZipFile:
    with storages["private"].open(copy.file) as file:
        return zipfile.ZipFile(io.BytesIO(file.read()))


def rows(archive: zipfile.ZipFile, path: str) -> list[dict]:
    return [json.loads(line) for line in archive.read(path).decode().splitlines()]


def in_storage() -> set[str]:
    storage = storages["private"]
    return {f"copies/{name}" for name in storage.listdir("copies")[1]} if storage.exists("copies") else set()
