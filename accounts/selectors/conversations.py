"""Conversations as one of the two has them. Called by views, fragments and services; must never write.

A conversation is loaded through the person who asks: to everybody else it does not exist.
"""

from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from accounts import cards
from accounts.models import Block, Conversation, Message, Mute, Side, User
from accounts.selectors.blocks import not_blocked
from accounts.selectors.graph import follows

LISTED = 100
# Messages of one page, and the most that one page shows live.
PAGE, MOST_SHOWN = 50, 200

_WITH_BOTH = Side.objects.select_related("conversation__first", "conversation__second")


@dataclass(frozen=True)
class Unread:
    """Messages in the inbox that were not read, and requests that have some."""

    messages: int
    requests: int


@dataclass(frozen=True)
class Row:
    """A conversation in a list."""

    side: Side
    last: Message | None
    quiet: bool


@dataclass
class Thread:
    """Part of a conversation, the oldest first. `more` says that there is something earlier; `seen` is the key of the
    newest message of mine that the other has read, where they let me know."""

    side: Side
    messages: list[Message] = field(default_factory=list)
    more: bool = False
    seen: int = 0

    @property
    def first(self) -> int:
        """The key of the first that is shown."""
        return self.messages[0].pk if self.messages else 0

    @property
    def last(self) -> int:
        return self.messages[-1].pk if self.messages else 0


def conversation(user: User, pk) -> Side:
    """This person's side of it. Raises Side.DoesNotExist. One query."""
    return _WITH_BOTH.get(user=user, conversation=pk)


def conversation_with(user: User, other: User) -> Conversation | None:
    """One query."""
    return _between(user, other).first()


def takes_from(user: User, other: User) -> bool:
    """Whether what the other writes or sends may reach them, going by what they chose: whoever takes messages from
    those they follow alone takes answers too. Two queries at most."""
    if user.messages_from == User.MessagesFrom.EVERYONE or follows(user, other):
        return True
    return Message.objects.filter(conversation__in=_between(user, other), sender=user).exists()


def welcomes(user: User, other: User) -> bool:
    """Whether what the other writes comes into their inbox: they follow them, or what they wrote before lies there.
    Two queries at most."""
    if follows(user, other):
        return True
    return Side.objects.filter(conversation__in=_between(user, other), user=user, folder=Side.Folder.INBOX).exists()


def conversations(user: User, folder: str) -> list[Row]:
    """The newest first. Three queries, two where there is none."""
    sides = _WITH_BOTH.filter(user=user, folder=folder, last_message_at__isnull=False)
    newest = Subquery(_kept(user, OuterRef("conversation"), OuterRef("cleared_up_to")).order_by("-pk").values("pk")[:1])
    found = list(sides.annotate(last_id=newest).order_by("-last_message_at")[:LISTED])
    last = Message.objects.in_bulk([side.last_id for side in found if side.last_id])
    quiet = _quiet(user)
    return [Row(side, last.get(side.last_id), side.other.pk in quiet) for side in found]


def unread(user: User) -> Unread:
    """What the marks count; people one mutes or blocks count nowhere. One query."""
    sides = Side.objects.filter(user=user, unread__gt=0)
    for table, mine, theirs in ((Mute, "muter", "muted"), (Block, "blocker", "blocked")):
        shut_out = table.objects.filter(**{mine: user}).values(theirs)
        sides = sides.exclude(conversation__first__in=shut_out).exclude(conversation__second__in=shut_out)
    inbox, requests = Q(folder=Side.Folder.INBOX), Q(folder=Side.Folder.REQUESTS)
    counts = sides.aggregate(messages=Sum("unread", filter=inbox, default=0), requests=Count("pk", filter=requests))
    return Unread(**counts)


def thread(side: Side, *, start: int = 0, before: int = 0) -> Thread:
    """The newest page; what was written from message `start` on; or the page before message `before`. Three queries,
    and what the cards cost."""
    kept = _kept(side.user_id, side.conversation_id, side.cleared_up_to).select_related("sender")
    size = MOST_SHOWN if start else PAGE
    asked = kept.filter(pk__lt=before) if before else kept.filter(pk__gte=start)
    found = list(asked.order_by("-pk")[:size])[::-1]
    more = bool(found) and kept.filter(pk__lt=found[0].pk).exists()
    shown = cards.load([message.card_name for message in found if message.card_kind], side.user)
    for message in found:
        message.card = shown.get(message.card_name)
    read_up_to = _read_by_the_other(side)
    seen = max((each.pk for each in found if each.sender_id == side.user_id and each.pk <= read_up_to), default=0)
    return Thread(side, found, more, seen)


def message(side: Side, pk: int) -> Message:
    """Of what this person still has. Raises Message.DoesNotExist. One query."""
    return _kept(side.user_id, side.conversation_id, side.cleared_up_to).select_related("sender").get(pk=pk)


def newest(side: Side) -> Message | None:
    """Of what this person still has. One query."""
    return _kept(side.user_id, side.conversation_id, side.cleared_up_to).order_by("pk").last()


def unread_in(side: Side) -> int:
    """Counted anew. One query."""
    kept = _kept(side.user_id, side.conversation_id, side.cleared_up_to)
    return kept.filter(pk__gt=side.read_up_to).exclude(sender=side.user_id).count()


def _kept(user, conversation, cleared_up_to) -> QuerySet[Message]:
    """What this person has not deleted for themselves; keys, or OuterRefs to them."""
    gone = Q(sender=user, gone_for_sender=True) | (~Q(sender=user) & Q(gone_for_recipient=True))
    return Message.objects.filter(conversation=conversation, pk__gt=cleared_up_to).exclude(gone)


def _read_by_the_other(side: Side) -> int:
    """Whoever has not accepted a request, or blocks, tells nothing by reading."""
    theirs = Side.objects.filter(conversation=side.conversation_id, folder=Side.Folder.INBOX).exclude(user=side.user_id)
    theirs = theirs.filter(not_blocked(side.user, of="user"))
    return theirs.values_list("read_up_to", flat=True).first() or 0


def _quiet(user: User) -> set[int]:
    return set(Mute.objects.filter(muter=user).values_list("muted_id", flat=True))


def _between(one: User, other: User) -> QuerySet[Conversation]:
    first, second = sorted((one.pk, other.pk))
    return Conversation.objects.filter(first=first, second=second)
