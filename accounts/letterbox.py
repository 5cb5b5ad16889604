"""How messages are shown in news: registered with accounts.cards when this app is ready."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F

from accounts import cards
from accounts.models import Message, Side

MESSAGE = "message"


@dataclass(frozen=True)
class MessageCard:
    """Its words are for the page alone: a notification lies where others can look."""

    message: Message

    def sentence(self, kind: str) -> str:
        return "wrote to you"

    def get_absolute_url(self) -> str:
        return self.message.conversation.get_absolute_url()


class Messages:
    def load(self, ids: Collection[str], reader) -> dict[str, MessageCard]:
        """Those that lie in the inbox and were not read; of the others nobody is to be told. One query."""
        mine = Side.objects.filter(user=reader, folder=Side.Folder.INBOX).values("pk")
        found = Message.objects.filter(pk__in=ids, conversation__sides__in=mine, gone_for_recipient=False)
        unread = found.filter(pk__gt=F("conversation__sides__read_up_to")).exclude(sender=reader)
        return {str(message.pk): MessageCard(message) for message in unread.select_related("conversation")}


cards.register(MESSAGE, Messages())
