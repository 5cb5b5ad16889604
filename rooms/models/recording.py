from django.db import models
from django.db.models import Q


class RecordingPeriod(models.Model):
    """From when until when the host had a Space recorded for a replay; open while that is on."""

    space = models.ForeignKey("rooms.Space", on_delete=models.CASCADE, related_name="recording_periods")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["began_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["space"], condition=Q(ended_at__isnull=True), name="one_open_recording_period_per_space"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.began_at} to {self.ended_at or 'now'}"


class Consent(models.Model):
    """One answer about being recorded, with when it was given and to which words. Never changed: another answer is
    another row."""

    class Answer(models.TextChoices):
        YES = "yes"
        NO = "no"
        # No answer in time, which counts as a no.
        NONE = "none"
        WITHDRAWN = "withdrawn"

    space = models.ForeignKey("rooms.Space", on_delete=models.CASCADE, related_name="consents")
    participant = models.ForeignKey("rooms.Participant", on_delete=models.CASCADE, related_name="consents")
    answer = models.CharField(max_length=10, choices=Answer.choices)
    at = models.DateTimeField()
    policy = models.CharField(max_length=40)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer__in=["yes", "no", "none", "withdrawn"]), name="consent_answer_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.answer} at {self.at}"
