"""What people were told, and how they want to be told. Called by views, services and other apps; must never write."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts import cards
from accounts.models import Kind, Notification, Preference, User
from accounts.selectors.blocks import not_blocked, not_muted
from accounts.telling import DEFAULTS, SENTENCES, Ways

SHOWN_DAYS, SHOWN = 30, 100
# By name; the rest are counted.
NAMED = 3


@dataclass
class Group:
    """What several people did alike, told as one thing. `people` are the latest first; `pk` is that of the latest."""

    pk: int
    kind: str
    subject: str
    at: object
    seen: bool
    people: list[User]
    reader: User
    # The highest key of all of them; clocks of two servers may differ from the order of keys.
    latest: int
    card: cards.Card | None = None

    @property
    def named(self) -> list[User]:
        return self.people if len(self.people) <= NAMED else self.people[: NAMED - 1]

    @property
    def others(self) -> int:
        return len(self.people) - len(self.named)

    @property
    def who(self) -> str:
        """In plain words, for mails."""
        names = [person.display_name for person in self.named] + ([f"{self.others} more"] if self.others else [])
        return " and ".join([", ".join(names[:-1]), names[-1]] if names[1:] else names)

    @property
    def sentence(self) -> str:
        return self.card.sentence(self.kind) if self.card else SENTENCES[self.kind, self.subject]

    def get_absolute_url(self) -> str:
        if self.kind != Kind.FOLLOW:
            return self.card.get_absolute_url()
        if self.subject == "request":
            return reverse("follow_requests")
        if self.people[1:]:
            return reverse("following" if self.subject == "accepted" else "followers", args=[self.reader.handle])
        return self.people[0].get_absolute_url()


def news(user: User) -> list[Group]:
    """What is listed for them, the latest first. One query, and those of each deck that is in it."""
    return told_together(_listed(user)[:SHOWN], user)


def unseen(user: User) -> list[Group]:
    """The groups of `news` that have something new in them. As many queries; one while nothing is new."""
    return told_together(_listed(user).filter(seen_at__isnull=True)[:SHOWN], user)


def latest(groups: list[Group]) -> int:
    """The highest key of what is told in them, 0 where there is nothing."""
    return max((group.latest for group in groups), default=0)


def ways(user: User) -> dict[str, Ways]:
    """How they want to be told of each kind. One query."""
    own = {row.kind: Ways(row.in_app, row.by_push, row.by_mail) for row in Preference.objects.filter(user=user)}
    return DEFAULTS | own


def about(rows: list[Notification], reader: User) -> list[tuple[Notification, cards.Card | None]]:
    """Each with its card; what is about something they may see no more is left out. The queries of the decks."""
    found = cards.load((cards.named(row.subject) for row in rows if ":" in row.subject), reader)
    with_cards = [(row, found.get(cards.named(row.subject))) for row in rows]
    return [(row, card) for row, card in with_cards if card or (row.kind, row.subject) in SENTENCES]


def told_together(rows: QuerySet[Notification], user: User) -> list[Group]:
    """As the page groups them. One query, and those of each deck that is in it."""
    groups: dict[tuple, Group] = {}
    for row, card in about(list(rows), user):
        # Followers of one day are told together.
        key = (row.kind, row.subject, row.created_at.date() if row.kind == Kind.FOLLOW else None)
        group = groups.setdefault(key, one_thing(row, card, user))
        if row.pk != group.pk:
            group.people.append(row.actor)
            group.latest = max(group.latest, row.pk)
            group.seen = group.seen and row.seen_at is not None
    return list(groups.values())


def one_thing(row: Notification, card: cards.Card | None, reader: User) -> Group:
    seen = row.seen_at is not None
    return Group(row.pk, row.kind, row.subject, row.created_at, seen, [row.actor], reader, row.pk, card)


def _listed(user: User) -> QuerySet[Notification]:
    since = timezone.now() - timedelta(days=SHOWN_DAYS)
    rows = Notification.objects.filter(user=user, listed=True, created_at__gt=since)
    return met(rows, user)


def met(rows: QuerySet[Notification], user: User) -> QuerySet[Notification]:
    """Of people they still meet and hear of."""
    rows = rows.filter(not_blocked(user, of="actor"), not_muted(user, of="actor"))
    return rows.filter(actor__is_active=True, actor__closing_at__isnull=True).select_related("actor")
