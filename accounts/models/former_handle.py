from django.db import models
from django.db.models.functions import Lower

from accounts.models.user import User


class FormerHandle(models.Model):
    """A handle somebody gave up: until then it leads to them, and nobody else may take it."""

    handle = models.CharField(max_length=30)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_handles")
    changed_at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("handle"), name="former_handle_of_one_person")]

    def __str__(self) -> str:
        return f"@{self.handle}, formerly of {self.user_id}"
