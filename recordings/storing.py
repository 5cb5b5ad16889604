"""Folders of the storage of copies: what lies in one, and how it is emptied. Called by services; knows no rows.

Storages without folders (S3) list names that begin alike, and have nothing to remove once those are gone.
"""

from collections.abc import Iterator

from django.core.files.storage import FileSystemStorage, storages

from recordings import places


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


def is_there(folder: str) -> bool:
    """Whether a folder exists; in a storage without folders, always: it raises where it cannot be reached."""
    if not isinstance(storage(), FileSystemStorage):
        return True
    return storage().exists(folder)
