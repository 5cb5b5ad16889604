"""What becomes of the sound, on pages of Spaces, which belong to rooms and know nothing of recordings."""

from django import template
from django.utils import timezone

from recordings import selectors

register = template.Library()


@register.inclusion_tag("recordings/_copy_fate.html")
def copy_fate(space) -> dict:
    """In a sentence, of a Space that has ended. Four queries."""
    return {"space": space, "fate": selectors.fate(space, timezone.now())}
