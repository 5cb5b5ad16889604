"""Staff open a review copy: first the reason, as a row that stays, then the sound for an hour. Called by views."""

from django.db import transaction
from django.utils import timezone

from recordings import rules, selectors
from recordings.models import Copy, StaffAccess
from recordings.services.locking import lock

PERMISSION = "recordings.listen_copy"


@transaction.atomic
def begin(*, copy: Copy, reason: str, by) -> StaffAccess:
    """Refused unless people were told that staff may listen. Raises Copy.DoesNotExist of what has expired."""
    copy, now = lock(copy.pk), timezone.now()
    if not selectors.is_readable(copy, now):
        raise Copy.DoesNotExist
    permitted = by.is_active and by.is_staff and by.has_perm(PERMISSION)
    rules.may_listen(permitted=permitted, for_staff=selectors.for_staff(copy), reason=reason)
    return StaffAccess.objects.create(copy=copy, by=by, reason=reason.strip(), at=now)
