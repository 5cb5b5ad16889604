import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from recordings.models.copy import Copy


class Cue(models.Model):
    """Words of one speaker in the transcript. Milliseconds count from when the Space began."""

    copy = models.ForeignKey(Copy, on_delete=models.CASCADE, related_name="cues")
    participant = models.ForeignKey("rooms.Participant", on_delete=models.CASCADE, related_name="cues")
    start_ms = models.PositiveIntegerField()
    end_ms = models.PositiveIntegerField()
    text = models.CharField(max_length=1000)

    class Meta:
        ordering = ["start_ms", "pk"]

    def __str__(self) -> str:
        return self.text


class SessionExport(models.Model):
    """One person's own data of one Space: the host's zip of the session, or the transcript of one's own words. Asked
    for, made by Celery, deleted after its time."""

    class Kind(models.TextChoices):
        HOST = "host"
        SPEAKER = "speaker"

    class State(models.TextChoices):
        QUEUED = "queued"
        MAKING = "making"
        READY = "ready"
        FAILED = "failed"
        DELETED = "deleted"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    copy = models.ForeignKey(Copy, on_delete=models.CASCADE, related_name="exports")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="session_exports")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    ready_at = models.DateTimeField(null=True, blank=True)
    # Not readable from then on, nor from the copy's own end on.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Parts done, of how many.
    done = models.PositiveSmallIntegerField(default=0)
    parts = models.PositiveSmallIntegerField(default=0)
    # In storage, and what it must be.
    file = models.CharField(max_length=200, blank=True, default="")
    size = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["copy", "user", "kind"],
                condition=Q(state__in=["queued", "making"]),
                name="one_session_export_being_made",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "making", "ready", "failed", "deleted"]),
                name="session_export_state_known",
            ),
            models.CheckConstraint(condition=Q(kind__in=["host", "speaker"]), name="session_export_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} export of {self.user_id}"

    @property
    def link_address(self) -> str:
        """Where a link to it is made. Of a row with its copy and Space."""
        return reverse("session_link", args=[self.copy.space.slug, self.pk])
