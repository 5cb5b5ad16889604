from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models.user import User


class Follow(models.Model):
    """One person follows another: a row, or none."""

    # No index of their own: the two below begin with them.
    follower = models.ForeignKey(User, on_delete=models.CASCADE, related_name="following", db_index=False)
    followed = models.ForeignKey(User, on_delete=models.CASCADE, related_name="followers", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["follower", "followed"], name="follow_once"),
            models.CheckConstraint(condition=~Q(follower=F("followed")), name="follow_somebody_else"),
        ]
        indexes = [
            models.Index(fields=["followed", "-created_at"], name="followers_newest_first"),
            # In this order they are told of what the followed does.
            models.Index(fields=["followed", "follower"], name="followers_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.follower_id} follows {self.followed_id}"


class FollowRequest(models.Model):
    """Somebody asks to follow a protected account: a row until it is accepted, declined or taken back."""

    asker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follow_requests_sent", db_index=False)
    asked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="follow_requests", db_index=False)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asker", "asked"], name="ask_once"),
            models.CheckConstraint(condition=~Q(asker=F("asked")), name="ask_somebody_else"),
        ]
        indexes = [models.Index(fields=["asked", "-created_at"], name="requests_newest_first")]

    def __str__(self) -> str:
        return f"{self.asker_id} asks to follow {self.asked_id}"


class Block(models.Model):
    """One person wants nothing to do with another: neither follows, writes to, invites or finds the other."""

    blocker = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocks", db_index=False)
    blocked = models.ForeignKey(User, on_delete=models.CASCADE, related_name="blocked_by")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~Q(blocker=F("blocked")), name="block_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.blocker_id} blocks {self.blocked_id}"


class Mute(models.Model):
    """One person hears no news of another, who is not told; nothing to do with microphones."""

    muter = models.ForeignKey(User, on_delete=models.CASCADE, related_name="mutes", db_index=False)
    muted = models.ForeignKey(User, on_delete=models.CASCADE, related_name="muted_by")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["muter", "muted"], name="mute_once"),
            models.CheckConstraint(condition=~Q(muter=F("muted")), name="mute_somebody_else"),
        ]

    def __str__(self) -> str:
        return f"{self.muter_id} mutes {self.muted_id}"
