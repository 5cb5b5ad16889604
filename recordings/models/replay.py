import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from recordings.models.copy import Destroyable


class Replay(Destroyable):
    """What the host publishes of a Space after it ended: an episode. Mixed by Celery from the tracks of those who
    consented; `claim` names the mixing that counts and its files."""

    class State(models.TextChoices):
        WAITING = "waiting"
        MIXING = "mixing"
        READY = "ready"
        FAILED = "failed"
        # Nobody who consented said anything.
        EMPTY = "empty"
        DELETED = "deleted"

    class Visibility(models.TextChoices):
        PUBLIC = "public", "Everybody"
        PRIVATE = "private", "Only me and those who spoke"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    space = models.OneToOneField("rooms.Space", on_delete=models.PROTECT, related_name="replay")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    title = models.CharField(max_length=70)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC)
    # Unreadable from then on; None only when published for good.
    expires_at = models.DateTimeField(null=True, blank=True)
    for_good = models.BooleanField(default=False)
    clips_allowed = models.BooleanField(default=True)
    # Milliseconds the host cut off the beginning: players and podcasts start there, positions count from the mix.
    starts_at_ms = models.PositiveIntegerField(default=0)

    # --- The mixing ---
    wanted_at = models.DateTimeField()
    claim = models.CharField(max_length=32, blank=True, default="")
    claimed_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # Of the mixing that is under way, from 0 to 100.
    progress = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True, default="")

    # --- What came of it; files are names in storage ---
    ready_at = models.DateTimeField(null=True, blank=True)
    duration_ms = models.PositiveIntegerField(default=0)
    m4a = models.CharField(max_length=200, blank=True, default="")
    m4a_bytes = models.PositiveBigIntegerField(default=0)
    opus = models.CharField(max_length=200, blank=True, default="")
    opus_bytes = models.PositiveBigIntegerField(default=0)
    loudness = models.FloatField(null=True, blank=True)
    # Waveform: up to 1,000 values from 0 to 255.
    peaks = models.JSONField(default=list, blank=True)
    # [{"at_ms", "title", "participant"}], [[participant, from ms, to ms]], [[from ms, Unix µs, ms long]]: chapters, who
    # talks when, and where the pieces of the replay lie in the Space's own time.
    chapters = models.JSONField(default=list, blank=True)
    voices = models.JSONField(default=list, blank=True)
    pieces = models.JSONField(default=list, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)
    # Since when nothing of it is in storage any more.
    purged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "mixing", "ready", "failed", "empty", "deleted"]),
                name="replay_state_known",
            ),
            models.CheckConstraint(
                condition=Q(for_good=True, expires_at__isnull=True) | Q(for_good=False, expires_at__isnull=False),
                name="replays_expire_or_are_for_good",
            ),
            models.CheckConstraint(condition=~Q(state="ready") | ~Q(m4a=""), name="ready_replays_have_files"),
            models.CheckConstraint(
                condition=Q(state="deleted", m4a="", opus="", deleted_at__isnull=False) | ~Q(state="deleted"),
                name="deleted_replays_have_no_files",
            ),
        ]
        indexes = [models.Index(fields=["state", "expires_at"], name="replays_due_first")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("replay", args=[self.space.slug])


class Like(models.Model):
    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="likes")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="liked_replays")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["replay", "user"], name="one_like_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.replay_id}"


class Comment(models.Model):
    """Words at a moment of a replay."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="comments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="replay_comments")
    at_ms = models.PositiveIntegerField()
    text = models.CharField(max_length=500)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["at_ms", "written_at"]

    def __str__(self) -> str:
        return self.text


class Clip(models.Model):
    """A range of a replay under a name of its own. It has no bytes: it is gone with what it is taken from."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    replay = models.ForeignKey(Replay, on_delete=models.CASCADE, related_name="clips")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="clips")
    title = models.CharField(max_length=70)
    start_ms = models.PositiveIntegerField()
    length_ms = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["start_ms", "made_at"]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("clip", args=[self.replay.space.slug, self.pk])

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.length_ms
