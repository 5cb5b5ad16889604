"""How a message is told of: who wrote, and never what; and only while it is unread. Registered with accounts.cards."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.urls import reverse

from accounts.models import Message, Side


@dataclass(frozen=True)
class MessageCard:
    conversation: UUID

    def sentence(self, kind: str) -> str:
        return "wrote to you"

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.conversation])


class Messages:
    def load(self, ids: Collection[str], reader) -> dict[str, MessageCard]:
        """One query."""
        unread = Side.objects.filter(conversation=OuterRef("conversation"), user=reader, folder=Side.Folder.INBOX)
        unread = unread.filter(read_up_to__lt=OuterRef("pk"), cleared_up_to__lt=OuterRef("pk"))
        found = Message.objects.filter(Exists(unread), pk__in=ids, gone_for_recipient=False)
        return {str(message.pk): MessageCard(message.conversation_id) for message in found}
