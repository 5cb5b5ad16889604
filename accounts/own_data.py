"""What each app keeps of a person: how it is given to them, and how it is erased. Each app registers its part here."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True)
class Section:
    """One list of a person's copy. `what` says in a sentence what it is; `rows` are dicts that JSON can hold, read
    lazily."""

    name: str
    what: str
    rows: Iterator[dict]


@dataclass(frozen=True)
class KeptFile:
    """A file that is copied as it is: what it is called in the copy, and in storage."""

    name: str
    what: str
    stored: str


@dataclass(frozen=True)
class Keeper:
    """One app's part. All are called by Celery; `erase` removes or pseudonymises, and is safe to repeat and to kill."""

    name: str
    sections: Callable[[User], Iterable[Section]]
    erase: Callable[[User], None]
    files: Callable[[User], Iterable[KeptFile]] = lambda user: ()


_keepers: list[Keeper] = []


def register(keeper: Keeper) -> None:
    _keepers.append(keeper)


def keepers() -> tuple[Keeper, ...]:
    return tuple(_keepers)
