"""A new address for somebody's calendar; the one before it stops working."""

from django.db import transaction
from django.db.models import F

from rooms.models import CalendarFeed
from rooms.services.locking import lock_user


@transaction.atomic
def renew(*, by) -> None:
    lock_user(by)
    CalendarFeed.objects.get_or_create(user=by)
    CalendarFeed.objects.filter(user=by).update(generation=F("generation") + 1)
