import secrets
import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

# No vowels and no look-alikes: a slug can be read aloud and never spells a word.
SLUG_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def new_slug() -> str:
    """Three groups of four, about 57 bits: `k7m2-p9xq-3fwd`."""
    return "-".join("".join(secrets.choice(SLUG_ALPHABET) for _ in range(4)) for _ in range(3))


class Space(models.Model):
    """One audio room. `version` grows with every change; live fragments and relay messages carry it."""

    class State(models.TextChoices):
        LIVE = "live"
        ENDED = "ended"

    class SpeakPermission(models.TextChoices):
        EVERYONE = "everyone", "Everyone"
        FOLLOWED = "followed", "People I follow"
        INVITED = "invited", "Only people I invite"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=40, unique=True, default=new_slug)
    title = models.CharField(max_length=70)
    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hosted_spaces")
    speak_permission = models.CharField(max_length=10, choices=SpeakPermission.choices, default=SpeakPermission.INVITED)
    state = models.CharField(max_length=10, choices=State.choices, default=State.LIVE)
    version = models.PositiveBigIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["host"], condition=Q(state="live"), name="one_live_space_per_host"),
            models.CheckConstraint(condition=Q(state__in=["live", "ended"]), name="space_state_known"),
            models.CheckConstraint(
                condition=Q(state="ended", ended_at__isnull=False) | Q(state="live", ended_at__isnull=True),
                name="space_ended_at_matches_state",
            ),
        ]
        indexes = [models.Index(fields=["state", "-started_at"], name="spaces_live_first")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("space", args=[self.slug])

    @property
    def is_live(self) -> bool:
        return self.state == self.State.LIVE
