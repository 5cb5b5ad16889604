"""What other apps put into messages and notifications: each registers how its things are shown, here, and this app
never knows what they are.

A card is named by its kind ("invitation", "space") and an id, both kept with the message or notification. Cards are
loaded through the person who looks, all ids of a page at once, and looked up anew whenever they are shown.
"""

from collections.abc import Collection, Iterable
from typing import Protocol


class Card(Protocol):
    """One thing as it is now, for one reader."""

    # A partial that shows it in a message; it gets this object as `card`.
    template: str

    def sentence(self, kind: str) -> str:
        """The rest of a notification of that kind, after who did it: "invites you to speak in “Evening talk”"."""

    def get_absolute_url(self) -> str: ...


class Deck(Protocol):
    """All cards of one kind."""

    def load(self, ids: Collection[str], reader) -> dict[str, Card]:
        """Those this account may see, by id. A fixed number of queries, however many ids."""


class NewsDeck(Deck, Protocol):
    """Of whose cards followers are told."""

    def news_to(self, card_id: str, accounts: Collection[int]) -> set[int] | None:
        """Those of these accounts (keys) who may know of it and do not see it already; None once it is no news to
        anybody. A fixed number of queries."""


_decks: dict[str, Deck] = {}


def register(kind: str, deck: Deck) -> None:
    """Called once by the app that owns the kind, when it is ready."""
    _decks[kind] = deck


def named(subject: str) -> tuple[str, str]:
    """The (kind, id) that the subject of a notification names."""
    kind, _, card_id = subject.partition(":")
    return kind, card_id


def news_to(subject: str, accounts: Collection[int]) -> set[int] | None:
    """As the deck of this subject says."""
    kind, card_id = named(subject)
    return _decks[kind].news_to(card_id, accounts)


def load(names: Iterable[tuple[str, str]], reader) -> dict[tuple[str, str], Card]:
    """The cards of these (kind, id) that this account may see; what is gone or hidden is left out."""
    by_kind: dict[str, set[str]] = {}
    for kind, card_id in names:
        by_kind.setdefault(kind, set()).add(card_id)
    found = {}
    for kind, ids in by_kind.items():
        if deck := _decks.get(kind):
            found |= {(kind, card_id): card for card_id, card in deck.load(ids, reader).items()}
    return found
