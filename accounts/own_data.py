"""What each app keeps of a person: how it is given to them, and how it is erased. Each app registers its part here."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True)
class Keeper:
    """One app's part, of which both are called by Celery.

    `sections` gives (name, rows) for the person's export, rows as dicts that JSON can hold; the rows are read lazily.
    `files` gives (name, storage name) of what is copied as it is. `erase` removes or pseudonymises, safe to repeat.
    """

    name: str
    sections: Callable[[User], Iterable[tuple[str, Iterator[dict]]]]
    erase: Callable[[User], None]
    files: Callable[[User], Iterable[tuple[str, str]]] = lambda user: ()


_keepers: list[Keeper] = []


def register(keeper: Keeper) -> None:
    _keepers.append(keeper)


def keepers() -> tuple[Keeper, ...]:
    return tuple(_keepers)
