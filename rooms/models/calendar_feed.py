from django.conf import settings
from django.db import models


class CalendarFeed(models.Model):
    """Which of a person's calendar addresses counts: a higher generation makes the earlier ones unknown."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    generation = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"calendar of {self.user_id}"
