import secrets

from django.db import models
from django.db.models import Q


def new_csrc() -> int:
    """A voice's name in RTP (RFC 3550, 5.1), random so that it says nothing about the person."""
    return secrets.randbelow(2**32 - 1) + 1


class Seat(models.Model):
    """One of the places that may have an open microphone. Slot 1 is the host's; the unique slot is the limit."""

    HOST_SLOT = 1

    space = models.ForeignKey("rooms.Space", on_delete=models.CASCADE, related_name="seats")
    participant = models.OneToOneField("rooms.Participant", on_delete=models.CASCADE, related_name="seat")
    slot = models.PositiveSmallIntegerField()
    muted = models.BooleanField(default=True)
    csrc = models.PositiveBigIntegerField(default=new_csrc)
    taken_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["slot"]
        constraints = [
            models.UniqueConstraint(fields=["space", "slot"], name="one_participant_per_slot"),
            models.UniqueConstraint(fields=["space", "csrc"], name="one_voice_per_csrc"),
            models.CheckConstraint(condition=Q(slot__gte=1, slot__lte=13), name="thirteen_slots"),
        ]

    def __str__(self) -> str:
        return f"seat {self.slot}"
