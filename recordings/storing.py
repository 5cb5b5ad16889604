"""Folders of the storage of copies: what lies in one, and how it is emptied. Called by services; knows no rows.

Storages without folders (S3) list names that begin alike, and have nothing to remove once those are gone.
"""

from collections.abc import Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, storages

from recordings import places


class NotThere(OSError):
    """What answers is not the storage that rows speak of."""

    def __init__(self) -> None:
        super().__init__(
            f"the storage of copies has no {places.MARK}: is it mounted? Nothing is kept, destroyed or forgotten until "
            f"it is; if this is the right one, and its files are lost, put an empty {places.MARK} into it"
        )


def storage():
    return storages[places.STORAGE]


def walk(folder: str) -> Iterator[str]:
    """The names of all files below a folder; none where it does not exist."""
    folders, files = listed(folder)
    yield from (f"{folder}/{name}" for name in files)
    for each in folders:
        yield from walk(f"{folder}/{each}")


def listed(folder: str) -> tuple[list[str], list[str]]:
    """What lies in a folder: folders, files."""
    try:
        return storage().listdir(folder)
    except FileNotFoundError:
        return [], []


def empty(folder: str) -> None:
    """Deletes all files below a folder; what is gone already is fine. Raises what storage raises."""
    for name in list(walk(folder)):
        storage().delete(name)


def remove(folder: str) -> None:
    """An empty folder, with all empty ones in it: their names say whom they were of."""
    if not isinstance(storage(), FileSystemStorage):
        return
    for each in listed(folder)[0]:
        remove(f"{folder}/{each}")
    storage().delete(folder)


def is_marked() -> bool:
    return storage().exists(places.MARK)


def mark() -> None:
    storage().save(places.MARK, ContentFile(b"By this file Openfloor knows the storage of its recordings.\n"))


def is_gone(name: str) -> bool:
    """Raises what storage raises, where `exists` says no."""
    try:
        storage().size(name)
    except FileNotFoundError:
        return True
    return False
