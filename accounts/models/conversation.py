import uuid

from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from accounts.models.user import User

# Characters of a message, as sent: spaces and invisible characters are tidied before they are counted.
TEXT_MAX = 2000


class Conversation(models.Model):
    """What two people write to each other; `first` is the one with the lower key."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    first = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="one_conversation_per_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="lower_key_first"),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"

    def get_absolute_url(self) -> str:
        return reverse("conversation", args=[self.pk])


class Side(models.Model):
    """A conversation as one of the two has it: where it lies, what of it is read, what of it is gone for them."""

    class Folder(models.TextChoices):
        INBOX = "inbox"
        REQUESTS = "requests"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="sides")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sides", db_index=False)
    folder = models.CharField(max_length=10, choices=Folder.choices, default=Folder.INBOX)
    # The other's messages that were not read yet.
    unread = models.PositiveIntegerField(default=0)
    # Keys of messages: up to here it was read, and up to here it was deleted by this person for themselves.
    read_up_to = models.PositiveBigIntegerField(default=0)
    cleared_up_to = models.PositiveBigIntegerField(default=0)
    # Of the newest message this person still has; null shows the conversation in no list.
    last_message_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "user"], name="one_side_each"),
            models.CheckConstraint(condition=Q(folder__in=["inbox", "requests"]), name="folder_known"),
        ]
        indexes = [models.Index(fields=["user", "folder", "-last_message_at"], name="conversations_newest_first")]

    def __str__(self) -> str:
        return f"{self.conversation_id} of {self.user_id}"

    @property
    def other(self) -> User:
        """The one they write with."""
        first = self.conversation.first_id == self.user_id
        return self.conversation.second if first else self.conversation.first


class Message(models.Model):
    """Words, or a card that another app renders (accounts.cards), or both."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False)
    sender = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    text = models.CharField(max_length=TEXT_MAX, blank=True)
    card_kind = models.CharField(max_length=20, blank=True)
    card_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    # The sender had their account erased: that something was said here is all that is left.
    is_erased = models.BooleanField(default=False)
    # Deleted by one of the two for themselves.
    gone_for_sender = models.BooleanField(default=False)
    gone_for_recipient = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_erased=False) & (~Q(text="") | ~Q(card_kind=""))
                | Q(is_erased=True, text="", card_kind="", card_id=""),
                name="message_says_something",
            ),
            models.CheckConstraint(
                condition=Q(card_kind="", card_id="") | (~Q(card_kind="") & ~Q(card_id="")), name="card_is_whole"
            ),
            models.UniqueConstraint(
                fields=["card_kind", "card_id"], condition=~Q(card_kind=""), name="one_message_per_card"
            ),
        ]
        indexes = [models.Index(fields=["conversation", "id"], name="messages_in_order")]

    def __str__(self) -> str:
        return f"message {self.pk} in {self.conversation_id}"

    @property
    def card_name(self) -> tuple[str, str]:
        """As accounts.cards knows it."""
        return self.card_kind, self.card_id
