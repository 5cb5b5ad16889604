from django.db import models
from django.db.models import Q


class Letter(models.Model):
    """A mail that is still to be sent, about an account that may be gone by then; the row goes once it is."""

    address = models.EmailField()
    subject = models.CharField(max_length=200)
    text = models.TextField()
    # Beside those that every mail has.
    headers = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    # Not before; where the mail server would not take it, a while later.
    due_at = models.DateTimeField()
    # Whoever sends it has claimed it. If they are never heard of again, it may have arrived, and twice is worse.
    claimed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(claimed_at__isnull=True), name="letters_to_send")]

    def __str__(self) -> str:
        return f"letter {self.pk}"
