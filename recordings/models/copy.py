import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Destroyable(models.Model):
    """What a purge takes away: who has it in hand, and how often storage refused."""

    purge_claimed_at = models.DateTimeField(null=True, blank=True)
    # Attempts that failed, and what storage said last.
    purge_failures = models.PositiveIntegerField(default=0)
    purge_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        abstract = True


class Copy(Destroyable):
    """The sound of one Space while it is kept: its segments, and until when they are. Dates come from
    recordings.retention alone."""

    class State(models.TextChoices):
        LIVE = "live"
        KEPT = "kept"
        # Claimed by a purge: unreadable, and on its way out whatever happens to that purge.
        PURGING = "purging"
        PURGED = "purged"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    space = models.OneToOneField("rooms.Space", on_delete=models.PROTECT, related_name="copy")
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    # Unreadable from then on. None while the Space is live, and under a legal hold.
    expires_at = models.DateTimeField(null=True, blank=True)
    # Why that day: a word of recordings.retention.Why.
    why = models.CharField(max_length=20, blank=True, default="")
    # When that was decided: later than the date itself where a decision let it expire at once.
    dated_at = models.DateTimeField(null=True, blank=True)
    # Kept only in case of a report: what people were told when this began, whatever the settings say later.
    on_report = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "copies"
        permissions = [("listen_copy", "Can listen to review copies")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["live", "kept", "purging", "purged"]), name="copy_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="purging", purge_claimed_at__isnull=False)
                | (~Q(state="purging") & Q(purge_claimed_at__isnull=True)),
                name="purging_copies_are_claimed",
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="copies_due_first")]

    def __str__(self) -> str:
        return f"sound of {self.space_id}"


class Segment(models.Model):
    """Up to four seconds of one open microphone in storage: Ogg Opus, mono, 48 kHz (RFC 7845)."""

    copy = models.ForeignKey(Copy, on_delete=models.CASCADE, related_name="segments")
    participant = models.ForeignKey("rooms.Participant", on_delete=models.CASCADE, related_name="segments")
    # Unix time of its first sample in µs, and how many samples follow.
    started_us = models.BigIntegerField()
    samples = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    name = models.CharField(max_length=200, unique=True)

    class Meta:
        ordering = ["started_us", "pk"]
        indexes = [models.Index(fields=["copy", "participant", "started_us"], name="segments_in_order")]

    def __str__(self) -> str:
        return self.name


class Hold(models.Model):
    """Why a copy is kept longer, or not yet decided. Lifted, never deleted: the page of the Space tells of it."""

    class Kind(models.TextChoices):
        REPORT = "report"
        UPHELD = "upheld"
        LEGAL = "legal"

    copy = models.ForeignKey(Copy, on_delete=models.CASCADE, related_name="holds")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    # Whose it is, in the words of whoever placed it: a report's id. Placing one again changes nothing.
    key = models.CharField(max_length=64)
    reason = models.CharField(max_length=500)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField()
    # When somebody looks again whether a legal hold is still needed.
    review_on = models.DateField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["placed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["copy", "kind", "key"], condition=Q(lifted_at__isnull=True), name="one_standing_hold_per_key"
            ),
            models.CheckConstraint(condition=Q(kind__in=["report", "upheld", "legal"]), name="hold_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind="legal") | Q(by__isnull=False, review_on__isnull=False),
                name="legal_holds_have_an_actor_and_a_review",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class StaffAccess(models.Model):
    """One time that staff opened a review copy, and why they said so first. The database refuses to change or delete
    it, so nothing it names can be deleted in a cascade."""

    copy = models.ForeignKey(Copy, on_delete=models.PROTECT, related_name="accesses")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "staff accesses"
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.by} at {self.at}"


class Tombstone(models.Model):
    """What remains of something destroyed: proof, and nothing personal."""

    class Kind(models.TextChoices):
        COPY = "copy"
        REPLAY = "replay"

    # SHA-256 of the kind and the Space's id (recordings.places.tomb): findable by who knows the Space.
    of = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    files = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField()
    reason = models.CharField(max_length=20)
    # When it became unreadable, and when storage was seen empty.
    expired_at = models.DateTimeField()
    purged_at = models.DateTimeField()

    class Meta:
        ordering = ["-purged_at"]

    def __str__(self) -> str:
        return f"{self.kind} destroyed {self.purged_at}"
