import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from rooms.roles import LEADERS, SEATED, Hand, Role, Standing


class RecordingAnswer(models.TextChoices):
    ASKED = "asked"
    YES = "yes"
    NO = "no"


class Participant(models.Model):
    """One person's stay in one Space: an account, or a guest known by a signed cookie. Rejoining reopens the row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    space = models.ForeignKey("rooms.Space", on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="stays"
    )
    # SHA-256 of the guest cookie's id: a copy of the table does not let anybody be that guest.
    guest = models.CharField(max_length=64, blank=True, default="")
    # The same of the browser an account came with, so that being removed means this browser, signed in or not.
    device = models.CharField(max_length=64, blank=True, default="")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.LISTENER)
    # Since when they have this role: the longest-serving co-host takes over from a host who is gone.
    role_since = models.DateTimeField(null=True, blank=True)
    hand = models.CharField(max_length=10, choices=Hand.choices, default=Hand.DOWN)
    hand_at = models.DateTimeField(null=True, blank=True)
    # An offer of a seat that is free lapses then; while the stage is full it waits, however long.
    offer_until = models.DateTimeField(null=True, blank=True)
    # Moved to the listeners by a host: takes no seat any more unless a host offers one.
    demoted_at = models.DateTimeField(null=True, blank=True)
    # A signed-in listener who is counted and not named.
    unnamed = models.BooleanField(default=False)
    # First time on the stage, and how long they were heard (milliseconds).
    spoke_at = models.DateTimeField(null=True, blank=True)
    talk_ms = models.PositiveBigIntegerField(default=0)
    # Whether they may be in the replay, and until when they may answer; who was never seated was never asked.
    recording_answer = models.CharField(max_length=10, choices=RecordingAnswer.choices, blank=True, default="")
    recording_asked_until = models.DateTimeField(null=True, blank=True)
    joined_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    # Set while they are inside but their sound connections are not heard of; they come back by themselves.
    away_since = models.DateTimeField(null=True, blank=True)
    # Removed people are barred until this is cleared.
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["joined_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["space", "user"], condition=Q(user__isnull=False), name="one_stay_per_user_and_space"
            ),
            models.UniqueConstraint(
                fields=["space", "guest"], condition=~Q(guest=""), name="one_stay_per_guest_and_space"
            ),
            models.UniqueConstraint(fields=["space"], condition=Q(role="host"), name="one_host_per_space"),
            models.CheckConstraint(
                condition=Q(user__isnull=False, guest="") | (Q(user__isnull=True) & ~Q(guest="")),
                name="participant_is_user_or_guest",
            ),
            models.CheckConstraint(
                condition=Q(role__in=["host", "cohost", "speaker", "listener"]), name="participant_role_known"
            ),
            models.CheckConstraint(condition=Q(hand="down") | Q(role="listener"), name="only_listeners_raise_hands"),
            models.CheckConstraint(
                condition=Q(hand="down", hand_at__isnull=True)
                | (Q(hand__in=["raised", "offered"]) & Q(hand_at__isnull=False)),
                name="hand_at_matches_hand",
            ),
            models.CheckConstraint(condition=Q(offer_until__isnull=True) | Q(hand="offered"), name="only_offers_lapse"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(left_at__isnull=False), name="removed_people_have_left"
            ),
            models.CheckConstraint(
                condition=Q(away_since__isnull=True) | Q(left_at__isnull=True), name="only_people_inside_are_away"
            ),
            models.CheckConstraint(
                condition=Q(recording_answer__in=["", "asked", "yes", "no"]), name="recording_answer_known"
            ),
            models.CheckConstraint(
                condition=Q(recording_answer="asked", recording_asked_until__isnull=False)
                | (~Q(recording_answer="asked") & Q(recording_asked_until__isnull=True)),
                name="only_the_asked_have_until",
            ),
            models.CheckConstraint(
                condition=Q(unnamed=False) | Q(user__isnull=False, role="listener", hand="down"),
                name="only_listeners_are_unnamed",
            ),
        ]
        indexes = [
            models.Index(fields=["space", "left_at"], name="people_present"),
            # Counted under the Space's lock with every version: from the index alone.
            models.Index(
                fields=["space"],
                condition=Q(role="listener", left_at__isnull=True, away_since__isnull=True),
                name="people_listening",
            ),
            # Where those one follows are now, past all the Spaces they have been in.
            models.Index(fields=["user", "space"], condition=Q(left_at__isnull=True), name="where_people_are"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.role})"

    @property
    def is_guest(self) -> bool:
        return self.user_id is None

    @property
    def is_present(self) -> bool:
        return self.left_at is None

    @property
    def is_reconnecting(self) -> bool:
        """Expected back: inside without sound, or holding a seat after they left."""
        return self.away_since is not None or not self.is_present

    @property
    def is_seated(self) -> bool:
        return self.role in SEATED

    @property
    def leads(self) -> bool:
        """Host or co-host."""
        return self.role in LEADERS

    @property
    def standing(self) -> Standing:
        return (Role(self.role), Hand(self.hand))

    @property
    def shown_user(self):
        """The account others may see, or None: of a guest, and of whoever listens unnamed."""
        return None if self.unnamed else self.user

    @property
    def shown_id(self) -> uuid.UUID:
        """The id others may know. That of whoever listens unnamed is of this one time they came in, and tells nobody
        who of the people before and after it is."""
        if not self.unnamed:
            return self.pk
        known = salted_hmac("rooms.unnamed", f"{self.pk} {self.joined_at.isoformat()}", algorithm="sha256")
        return uuid.UUID(bytes=known.digest()[:16], version=4)

    @property
    def name(self) -> str:
        if self.unnamed:
            return "Somebody unnamed"
        return "Guest" if self.user is None else self.user.display_name
