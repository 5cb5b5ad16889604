import uuid

from django.db import models
from django.db.models import Q
from django.urls import reverse

from accounts.models.user import User


class AccountExport(models.Model):
    """Somebody's copy of the data of their own account: asked for, made by Celery, deleted after its time."""

    class State(models.TextChoices):
        QUEUED = "queued"
        MAKING = "making"
        READY = "ready"
        FAILED = "failed"
        DELETED = "deleted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exports")
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    # Not readable from then on, and deleted soon after.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Sections done, of how many.
    done = models.PositiveSmallIntegerField(default=0)
    parts = models.PositiveSmallIntegerField(default=0)
    # In storage, and what it must be.
    file = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(state__in=["queued", "making"]), name="one_export_being_made"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "making", "ready", "failed", "deleted"]), name="export_state_known"
            ),
        ]

    def __str__(self) -> str:
        return f"export of {self.user_id}"

    @property
    def link_address(self) -> str:
        """Where a link to it is made."""
        return reverse("copy_link", args=[self.pk])


class BarredAddress(models.Model):
    """The e-mail address of somebody suspended who had their account erased, as a keyed hash: it opens no new one."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"barred address {self.digest[:8]}"
