from django.db import models
from django.db.models import Q


class Topic(models.Model):
    """What a Space is about, in a few words. The unique position is the limit of three."""

    space = models.ForeignKey("rooms.Space", on_delete=models.CASCADE, related_name="topics")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=30)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["space", "position"], name="one_topic_per_position"),
            models.UniqueConstraint(fields=["space", "name"], name="one_topic_per_name"),
            models.CheckConstraint(condition=Q(position__gte=1, position__lte=3), name="three_topics"),
        ]
        indexes = [models.Index(fields=["name"], name="spaces_by_topic")]

    def __str__(self) -> str:
        return self.name
