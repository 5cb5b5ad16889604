import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from rooms.languages import LANGUAGES

# No vowels and no look-alikes: a slug can be read aloud and never spells a word.
SLUG_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def new_slug() -> str:
    """Three groups of four, about 57 bits: `k7m2-p9xq-3fwd`."""
    return "-".join("".join(secrets.choice(SLUG_ALPHABET) for _ in range(4)) for _ in range(3))


class Space(models.Model):
    """One audio room. `version` grows with every change; live fragments and relay messages carry it."""

    class State(models.TextChoices):
        SCHEDULED = "scheduled"
        LIVE = "live"
        ENDED = "ended"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    class SpeakPermission(models.TextChoices):
        """Who may take a seat without the host doing anything; all others raise a hand."""

        EVERYONE = "everyone", "Everyone"
        FOLLOWED = "followed", "People I follow"
        INVITED = "invited", "Only people I invite"

    class EndCause(models.TextChoices):
        HOST = "host"
        HOST_GONE = "host_gone"
        EMPTY = "empty"
        STAFF = "staff"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=40, unique=True, default=new_slug)
    title = models.CharField(max_length=70)
    description = models.CharField(max_length=500, blank=True, default="")
    # An ISO 639 code of rooms.languages.
    language = models.CharField(max_length=10, default="en")
    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hosted_spaces")
    speak_permission = models.CharField(max_length=10, choices=SpeakPermission.choices, default=SpeakPermission.INVITED)
    is_private = models.BooleanField(default=False)
    guests_allowed = models.BooleanField(default=True)
    # What the host wishes for; nothing acts on captions yet. A wished recording begins with the Space.
    captions_wanted = models.BooleanField(default=False)
    recording_wanted = models.BooleanField(default=False)
    # Whether staff get a copy: what people were told when they came in, so it never changes.
    review_copy = models.BooleanField(default=False)
    # Since when the host has it recorded for a replay; none while that is off.
    recording_since = models.DateTimeField(null=True, blank=True)
    # The relay has too little disk to keep any sound; live sound goes on.
    capture_stopped_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    scheduled_for = models.DateTimeField(null=True, blank=True)
    # When that time was chosen: who chooses one in ten minutes is not reminded half an hour before.
    time_set_at = models.DateTimeField(null=True, blank=True)
    # When those who wait were told that it starts; another time is told again.
    start_told_at = models.DateTimeField(null=True, blank=True)
    # How often what calendars show of it has changed (SEQUENCE, RFC 5545, 3.8.7.4).
    calendar_sequence = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    # Nobody is there to host: when it ends unless the host comes back.
    closing_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_cause = models.CharField(max_length=10, choices=EndCause.choices, blank=True, default="")
    # "One at a time": seconds of a turn; none while it is off. Then whose turn it is, and until when.
    turn_seconds = models.PositiveSmallIntegerField(null=True, blank=True)
    turn_of = models.ForeignKey("rooms.Participant", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    turn_ends_at = models.DateTimeField(null=True, blank=True)
    # How many listen, those who are away apart, and rooms.warmth of it: written with every version, because lists of
    # thousands cannot count.
    audience = models.PositiveIntegerField(default=0)
    warmth = models.FloatField(default=0)
    # Title, description and topics, one to a line: what is searched.
    search_text = models.CharField(max_length=700, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host"], condition=Q(state="live"), name="one_live_space_per_host"),
            models.UniqueConstraint(
                fields=["host"], condition=Q(state="scheduled"), name="one_scheduled_space_per_host"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["scheduled", "live", "ended", "cancelled", "expired"]), name="space_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | (~Q(state="ended") & Q(ended_at__isnull=True)),
                name="space_ended_at_matches_state",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["live", "ended"], started_at__isnull=False)
                | Q(state__in=["scheduled", "cancelled", "expired"], started_at__isnull=True),
                name="space_started_at_matches_state",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["live", "ended"]) | Q(scheduled_for__isnull=False),
                name="space_not_started_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(closing_at__isnull=True) | Q(state="live"), name="only_live_spaces_are_closing"
            ),
            models.CheckConstraint(
                condition=Q(recording_since__isnull=True) | Q(state="live"), name="only_live_spaces_are_recorded"
            ),
            models.CheckConstraint(
                condition=Q(turn_ends_at__isnull=True)
                | Q(turn_seconds__isnull=False, turn_of__isnull=False, state="live"),
                name="a_turn_is_somebodys",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-started_at"], name="spaces_live_first"),
            models.Index(fields=["state", "scheduled_for"], name="spaces_next_first"),
            # The home page reads its first screen off this one, whatever else is on air.
            models.Index(
                fields=["-warmth", "id"], condition=Q(state="live", is_private=False), name="spaces_warmest_first"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("space", args=[self.slug])

    @property
    def language_name(self) -> str:
        return LANGUAGES.get(self.language, self.language)

    @property
    def is_live(self) -> bool:
        return self.state == self.State.LIVE

    @property
    def is_scheduled(self) -> bool:
        return self.state == self.State.SCHEDULED

    @property
    def is_over(self) -> bool:
        """Ended, cancelled, or never started in time."""
        return not self.is_live and not self.is_scheduled

    @property
    def length(self) -> timedelta:
        """How long it was on air. Of ended Spaces only."""
        return self.ended_at - self.started_at
