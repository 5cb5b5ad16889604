from django.db import models

from accounts.models.user import User


class FormerHandle(models.Model):
    """A handle somebody gave up: until then it leads to them, and nobody else may take it. One row per change, kept to
    know how often somebody changes theirs."""

    handle = models.CharField(max_length=30)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_handles")
    changed_at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["handle", "until"], name="former_handles_still_kept")]

    def __str__(self) -> str:
        return f"@{self.handle}, formerly of {self.user_id}"
