import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models.user import User


class Kind(models.TextChoices):
    """What people are told of. The first six can each be switched on and off (Preference)."""

    LIVE = "live", "Somebody I follow starts a Space"
    STAGE = "stage", "Somebody I follow takes the stage"
    REMINDER = "reminder", "A Space I asked about starts, moves or is called off"
    INVITATION = "invitation", "I am invited"
    MESSAGE = "message", "I get a message"
    FOLLOW = "follow", "Somebody follows me, or asks to"


KNOWN = Q(kind__in=[kind.value for kind in Kind])


class Notification(models.Model):
    """One person is told of one thing another did; the unique row is what makes it once.

    `subject` says about what, in the words of the app that told it (a key of accounts.cards and an id, or a detail).
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    actor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    # False where it is shown elsewhere or switched off: kept, so that nothing is told twice.
    listed = models.BooleanField(default=True)
    seen_at = models.DateTimeField(null=True, blank=True)
    # Claims of the two other ways to tell; what is not wanted that way is claimed from the start.
    pushed_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "subject", "actor"], name="told_once"),
            models.CheckConstraint(condition=KNOWN, name="notification_kind_known"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notifications_newest_first"),
            models.Index(fields=["user"], condition=Q(seen_at__isnull=True, listed=True), name="notifications_unseen"),
            models.Index(fields=["created_at"], condition=Q(pushed_at__isnull=True), name="notifications_to_push"),
            models.Index(
                fields=["user", "created_at"], condition=Q(mailed_at__isnull=True), name="notifications_to_mail"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.actor_id} to {self.user_id}"


class Preference(models.Model):
    """How somebody wants to be told of a kind, where it is not as by default (accounts.telling)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="preferences", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    in_app = models.BooleanField()
    by_push = models.BooleanField()
    by_mail = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="one_preference_per_kind"),
            models.CheckConstraint(condition=KNOWN, name="preference_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.user_id}"


class FanOut(models.Model):
    """One thing to tell all followers of `actor`, in batches: `told_up_to` is the key of the last follower told."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    actor = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    subject = models.CharField(max_length=80)
    created_at = models.DateTimeField(default=timezone.now)
    told_up_to = models.PositiveBigIntegerField(default=0)
    told = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "actor", "subject"], name="one_fan_out_per_fact"),
            models.CheckConstraint(condition=KNOWN, name="fan_out_kind_known"),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(finished_at__isnull=True), name="fan_outs_unfinished")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.actor_id} to their followers"


class PushSubscription(models.Model):
    """A browser that takes web push for somebody (RFC 8030), for as long as it is signed in."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="push_subscriptions")
    # SHA-256 of the endpoint, which may be longer than what an index holds.
    endpoint_hash = models.CharField(max_length=64, unique=True)
    endpoint = models.CharField(max_length=1000)
    # The browser's keys (RFC 8291), base64url.
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    session_key = models.CharField(max_length=40, db_index=True)
    browser = models.CharField(max_length=100, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"push to {self.user_id}"
