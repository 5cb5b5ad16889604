"""A zip that describes itself: README.txt names every file of it in words, manifest.json with its size and hash for
programs. What goes in passes through piece by piece, so that it needs the same memory however much it is."""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from django.core.serializers.json import DjangoJSONEncoder
from django.template.loader import render_to_string
from django.utils import timezone

CHUNK = 64 * 1024


class Entry:
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


class Archive:
    """Closed with `finish`, which writes what describes it."""

    def __init__(self, target: BinaryIO) -> None:
        self.zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED)
        self.files: list[dict] = []

    @contextmanager
    def entry(self, path: str, what: str, *, packed: bool = True) -> Iterator[Entry]:
        """Unpacked where packing gains nothing: sound, pictures."""
        facts = zipfile.ZipInfo(path, timezone.now().timetuple()[:6])
        facts.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        facts.external_attr = 0o600 << 16
        with self.zip.open(facts, "w", force_zip64=True) as file:
            entry = Entry(file, path, what)
            yield entry
        self.files.append(entry.described())

    def rows(self, path: str, what: str, rows: Iterable[dict]) -> None:
        """Dicts that JSON can hold, one to a line."""
        with self.entry(path, what) as entry:
            entry.rows = 0
            for row in rows:
                entry.write(_json(row).encode() + b"\n")
                entry.rows += 1

    def text(self, path: str, what: str, text: str) -> None:
        with self.entry(path, what) as entry:
            entry.write(text.encode())

    def copied(self, path: str, what: str, source: BinaryIO) -> None:
        """A file as it is."""
        with self.entry(path, what, packed=False) as entry:
            while data := source.read(CHUNK):
                entry.write(data)

    def finish(self, *, readme: str, context: dict, manifest: dict) -> None:
        """`readme` is a template, given `context` and `files`; `manifest` is what it says before them."""
        words = render_to_string(readme, context | {"files": self.files})
        self.text("README.txt", "What is in here, in words.", words)
        self.zip.writestr("manifest.json", _json(manifest | {"files": self.files}, indent=2))
        self.zip.close()


def _json(value, **how) -> str:
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False, **how)
