"""Somebody's copy of their data as a zip: what the registered keepers give, and a manifest of it. Rows pass through one
by one, so that a copy needs the same memory however much somebody wrote."""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import own_data
from accounts.models import User

FORMAT = "openfloor-account/1"
CHUNK = 64 * 1024


class _Entry:
    """One file of the zip while it is written: counts and hashes what goes in."""

    def __init__(self, file, path: str, what: str) -> None:
        self.file, self.path, self.what = file, path, what
        self.bytes, self.rows, self.hash = 0, None, hashlib.sha256()

    def write(self, data: bytes) -> None:
        self.file.write(data)
        self.hash.update(data)
        self.bytes += len(data)

    def described(self) -> dict:
        return {
            "path": self.path,
            "sha256": self.hash.hexdigest(),
            "bytes": self.bytes,
            "rows": self.rows,
            "what": self.what,
        }


class _Archive:
    def __init__(self, target: BinaryIO) -> None:
        self.zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self.files: list[dict] = []

    @contextmanager
    def entry(self, path: str, what: str) -> Iterator[_Entry]:
        with self.zip.open(path, "w", force_zip64=True) as file:
            entry = _Entry(file, path, what)
            yield entry
        self.files.append(entry.described())

    def rows(self, path: str, what: str, rows: Iterator[dict]) -> None:
        with self.entry(path, what) as entry:
            entry.rows = 0
            for row in rows:
                line = json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False)
                entry.write(line.encode() + b"\n")
                entry.rows += 1

    def stored(self, path: str, kept: own_data.KeptFile) -> None:
        with default_storage.open(kept.stored) as source, self.entry(path, kept.what) as entry:
            while data := source.read(CHUNK):
                entry.write(data)


def write(target: BinaryIO, user: User, report: Callable[[int, int], None]) -> None:
    """`report` is told how many parts are done, of how many, and may raise to give up."""
    parts = [part for keeper in own_data.keepers() for part in _parts(keeper, user)]
    archive, made_at = _Archive(target), timezone.now()
    with archive.zip:
        for done, (path, part) in enumerate(parts):
            report(done, len(parts))
            if isinstance(part, own_data.Section):
                archive.rows(path, part.what, part.rows)
            else:
                archive.stored(path, part)
        report(len(parts), len(parts))
        context = {"person": user, "made_at": made_at, "files": archive.files}
        with archive.entry("README.txt", "What is in here, in words.") as entry:
            entry.write(render_to_string("accounts/copy_readme.txt", context).encode())
        manifest = {"format": FORMAT, "account": user.handle, "made_at": made_at, "files": archive.files}
        text = json.dumps(manifest, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        archive.zip.writestr("manifest.json", text)


def _parts(keeper: own_data.Keeper, user: User) -> Iterator[tuple[str, own_data.Section | own_data.KeptFile]]:
    for section in keeper.sections(user):
        yield f"{keeper.name}/{section.name}.jsonl", section
    for kept in keeper.files(user):
        yield f"{keeper.name}/{kept.name}", kept
