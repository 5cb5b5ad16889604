import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q


class Invitation(models.Model):
    """An offer to one person: to speak, to help to host, or to come into a private Space.

    Accepted before the Space is live, it waits for the person to come in; `answered_at` is when they said yes or no.
    """

    class Kind(models.TextChoices):
        SPEAK = "speak"
        COHOST = "cohost"
        LISTEN = "listen"

    class State(models.TextChoices):
        PENDING = "pending"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"
        EXPIRED = "expired"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    space = models.ForeignKey("rooms.Space", on_delete=models.CASCADE, related_name="invitations")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations")
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    # When what was accepted came into force: they took the seat or the role. Nothing is due from it any more.
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["space", "user", "kind"],
                condition=Q(state="pending") | Q(state="accepted", used_at__isnull=True),
                name="one_open_invitation_per_kind",
            ),
            models.CheckConstraint(condition=Q(kind__in=["speak", "cohost", "listen"]), name="invitation_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "accepted", "declined", "withdrawn", "expired"]),
                name="invitation_state_known",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(state="accepted"), name="only_accepted_invitations_are_used"
            ),
        ]
        indexes = [models.Index(fields=["user", "state"], name="invitations_of_a_person")]

    def __str__(self) -> str:
        return f"{self.kind} in {self.space_id} for {self.user_id}"

    def is_open(self, now: datetime) -> bool:
        """Waits for an answer, or for whoever said yes to come."""
        answerable = self.state == self.State.PENDING or (self.state == self.State.ACCEPTED and self.used_at is None)
        return answerable and now < self.expires_at
