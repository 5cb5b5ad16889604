from django.conf import settings
from django.db import models
from django.db.models import Q


class Reminder(models.Model):
    """Somebody wants to be told when a scheduled Space starts. Whether they are is in selectors.access: of a private
    one they must still be let in, if by nothing else by the link they held when they asked."""

    space = models.ForeignKey("rooms.Space", on_delete=models.CASCADE, related_name="reminders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminders")
    link = models.ForeignKey(
        "rooms.InviteLink", null=True, blank=True, on_delete=models.SET_NULL, related_name="reminders"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "user"], name="one_reminder_per_person")]
        indexes = [models.Index(fields=["user", "-created_at"], name="reminders_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user_id} about {self.space_id}"


class Notice(models.Model):
    """What somebody was told about a scheduled Space. The unique row is what makes it once per kind.

    Moving the time deletes SOON and START, so that they are told again. `mailed_at` claims the e-mail.
    """

    class Kind(models.TextChoices):
        SOON = "soon"
        START = "start"
        MOVED = "moved"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    space = models.ForeignKey("rooms.Space", on_delete=models.CASCADE, related_name="notices")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    created_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["space", "user", "kind"], name="one_notice_per_person_and_kind"),
            models.CheckConstraint(
                condition=Q(kind__in=["soon", "start", "moved", "cancelled", "expired"]), name="notice_kind_known"
            ),
        ]
        indexes = [models.Index(fields=["user", "-created_at"], name="notices_of_a_person")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.space_id} to {self.user_id}"
