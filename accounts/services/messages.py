"""What two people write to each other. Called by views, and by other apps to send their cards.

The conversation's row is the lock, made with the first message; whoever holds an account or a Space may take it, never
the other way round. What one deletes is gone for oneself alone.
"""

import hashlib
from collections.abc import Collection

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import rules, selectors
from accounts.events import AccountsTold, ConversationChanged
from accounts.limits import spent
from accounts.models import Conversation, Kind, Message, Side, User
from accounts.models.conversation import TEXT_MAX
from accounts.publish import publish
from accounts.services.locking import lock_people
from accounts.services.notifications import tell
from accounts.validators import clean_text, has_substance

MINUTE, HOUR = 60, 3600
Folder = Side.Folder


@transaction.atomic
def send(*, to: User, text: str, by: User) -> Message:
    """Takes text as typed. Where it is not welcome, it is a request."""
    text = clean_text(text)
    rules.may_say(text, most=TEXT_MAX, seen=has_substance(text))
    [by], to = lock_people(by), User.objects.get(pk=to.pk)
    terms = selectors.terms(by, to)
    rules.may_write(by, to, blocks=terms.blocks, blocked=terms.blocked, takes=selectors.takes_from(to, by))
    rules.refuse_if(spent(f"message:{by.pk}", settings.MESSAGES_PER_MINUTE, MINUTE), "too_many_messages")
    if not (welcome := selectors.welcomes(to, by)):
        _spare_strangers(to, text, by)
    message = _deliver(to, by, welcome, text=text)
    if welcome:
        tell(kind=Kind.MESSAGE, users={to.pk}, actor=by.pk, subject=f"message:{message.pk}", listed=False)
    return message


@transaction.atomic
def send_card(*, to: User, kind: str, card_id: str, by: User) -> Message:
    """What another app shows (accounts.cards), once; it has asked whether it may, and tells of it in its own way."""
    if sent := Message.objects.filter(card_kind=kind, card_id=card_id).first():
        return sent
    return _deliver(to, by, selectors.welcomes(to, by), card_kind=kind, card_id=card_id)


@transaction.atomic
def show_cards(*, kind: str, card_ids: Collection[str]) -> None:
    """They are others now: whoever looks at them looks anew."""
    sent = Message.objects.filter(card_kind=kind, card_id__in=card_ids)
    for conversation in sent.values_list("conversation", flat=True).distinct():
        publish(ConversationChanged(conversation=conversation))


@transaction.atomic
def accept(*, conversation: Conversation, by: User) -> None:
    """A request comes into the inbox; whoever sent it is not told."""
    mine = Side.objects.filter(conversation=conversation, user=by, folder=Folder.REQUESTS)
    if mine.update(folder=Folder.INBOX):
        publish(ConversationChanged(conversation=conversation.pk, accounts=(by.pk,)))


@transaction.atomic
def read(*, conversation: Conversation, up_to: int, by: User) -> None:
    """Everything up to that message; what came meanwhile stays unread."""
    side = _lock(conversation, by)
    up_to = min(up_to, _newest_key(conversation))
    if up_to <= side.read_up_to:
        return
    side.read_up_to = up_to
    side.unread = selectors.unread_in(side)
    side.save(update_fields=["read_up_to", "unread"])
    _show_read(side)


@transaction.atomic
def forget(*, message: Message, by: User) -> None:
    """One message, for oneself."""
    side = _lock(message.conversation, by)
    gone = "gone_for_sender" if message.sender_id == by.pk else "gone_for_recipient"
    if not Message.objects.filter(pk=message.pk, **{gone: False}).update(**{gone: True}):
        return
    last = selectors.newest(side)
    side.last_message_at = last and last.created_at
    side.unread = selectors.unread_in(side)
    side.save(update_fields=["last_message_at", "unread"])
    publish(AccountsTold(accounts=(by.pk,)))


@transaction.atomic
def forget_all(*, conversation: Conversation, by: User) -> None:
    """Everything so far, for oneself; what is written later begins it anew."""
    side = _lock(conversation, by)
    if side.last_message_at is None:
        return
    # Not as read: the other would see that.
    side.cleared_up_to = _newest_key(conversation)
    side.unread, side.last_message_at = 0, None
    side.save(update_fields=["cleared_up_to", "unread", "last_message_at"])
    publish(AccountsTold(accounts=(by.pk,)))


def _deliver(to: User, by: User, welcome: bool, **what) -> Message:
    """To both sides, made with the first message. Whoever answers a request has accepted it."""
    first, second = sorted((to.pk, by.pk))
    begun = {"created_at": timezone.now()}
    conversation = Conversation.objects.get_or_create(first_id=first, second_id=second, defaults=begun)[0]
    Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    # Read under the lock: what comes later is never older.
    now = timezone.now()
    message = Message.objects.create(conversation=conversation, sender=by, created_at=now, **what)
    theirs = {"unread": F("unread") + 1} | ({"folder": Folder.INBOX} if welcome else {})
    _update(conversation, by, {"folder": Folder.INBOX, "last_message_at": now}, first={})
    _update(conversation, to, theirs | {"last_message_at": now}, first={"folder": Folder.REQUESTS})
    publish(AccountsTold(accounts=(by.pk, to.pk)))
    return message


def _update(conversation: Conversation, user: User, changes: dict, *, first: dict) -> None:
    """One side; `first` is what it begins with."""
    Side.objects.get_or_create(conversation=conversation, user=user, defaults=first)
    Side.objects.filter(conversation=conversation, user=user).update(**changes)


def _lock(conversation: Conversation, by: User) -> Side:
    Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
    return Side.objects.get(conversation=conversation, user=by)


def _show_read(side: Side) -> None:
    """The other sees it, unless it is a request: then not even that there is something to look at anew."""
    if side.folder == Folder.INBOX:
        publish(ConversationChanged(conversation=side.conversation_id, accounts=(side.user_id,)))
    else:
        publish(AccountsTold(accounts=(side.user_id,)))


def _newest_key(conversation: Conversation) -> int:
    return Message.objects.filter(conversation=conversation).order_by("-pk").values_list("pk", flat=True).first() or 0


def _spare_strangers(to: User, text: str, by: User) -> None:
    """Nobody writes to many who do not know them, nor the same to several. Counted before anything is written, so that
    what was refused once is refused again."""
    conversation = selectors.conversation_with(by, to)
    if conversation is None:
        rules.refuse_if(spent(f"strangers:{by.pk}", settings.STRANGERS_PER_HOUR, HOUR), "too_many_strangers")
    if not Message.objects.filter(conversation=conversation, sender=by, text=text).exists():
        same = f"same-words:{by.pk}:{_gist(text)}"
        rules.refuse_if(spent(same, settings.SAME_WORDS_PER_HOUR, HOUR), "same_to_many")


def _gist(text: str) -> str:
    """The same for words that differ in case, digits and punctuation alone."""
    letters = "".join(filter(str.isalpha, text.casefold())) or text
    return hashlib.sha256(letters.encode()).hexdigest()
