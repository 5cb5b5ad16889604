from django.db import models


class PurgeGuard(models.Model):
    """One row: what recordings.services.guard remembers of rounds it held back."""

    # Since when it holds back, by which clock that was, and how many rounds.
    refused_since = models.DateTimeField(null=True, blank=True)
    refusals = models.PositiveIntegerField(default=0)
    # What had expired by then may go, however much it is.
    allowed_to = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.refusals} rounds refused"
