import uuid

from django.conf import settings
from django.db import models


class InviteLink(models.Model):
    """An address that lets whoever holds it into a private Space, until it is revoked or expires."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    space = models.ForeignKey("rooms.Space", on_delete=models.CASCADE, related_name="invite_links")
    # SHA-256 of the 128-bit token: a copy of the table opens no door.
    token_hash = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return f"link into {self.space_id}"
