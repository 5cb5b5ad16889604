"""What hosts change on one page: all of it, or nothing when a part is refused."""

from datetime import datetime

from django.db import transaction

from rooms.models import Space
from rooms.services import schedule, spaces
from rooms.services.locking import lock


@transaction.atomic
def edit(*, space: Space, words: dict, settings: dict, scheduled_for: datetime | None, by) -> None:
    """`words` as in spaces.describe, `settings` as in spaces.change_settings; a co-host has none, nor a time."""
    space = lock(space.pk)
    spaces.describe(space=space, **words, by=by)
    if settings:
        spaces.change_settings(space=space, **settings, by=by)
    # It may have begun while somebody typed.
    if scheduled_for is not None and space.is_scheduled:
        schedule.move(space=space, scheduled_for=scheduled_for, by=by)
