"""What this server keeps of the sound and until when, for pages that say so."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django import template
from django.conf import settings

from rooms.models import Space

register = template.Library()


@dataclass(frozen=True)
class Kept:
    """`copy` is one of REVIEW_COPY, for this Space as it was when it started; `until` when it is destroyed should the
    Space end on the day it began, unknown for one that has no time yet."""

    copy: str
    days: int
    violation_days: int
    until: datetime | None


@register.simple_tag
def kept(space: Space | None = None) -> Kept:
    days, policy = settings.RETENTION_DAYS, settings.REVIEW_COPY
    began = space and (space.started_at or space.scheduled_for)
    if space and space.started_at:
        # What people were told when they came in does not change.
        policy = "never" if not space.review_copy else "always" if policy == "never" else policy
    until = began + timedelta(days=days) if began else None
    return Kept(policy, days, settings.RETENTION_VIOLATION_DAYS, until)
