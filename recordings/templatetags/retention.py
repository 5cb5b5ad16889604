"""What becomes of the sound, on pages of Spaces, which belong to rooms and know nothing of recordings."""

from django import template
from django.utils import timezone

from recordings import selectors
from rooms.identity import person_of

register = template.Library()


@register.inclusion_tag("recordings/_copy_fate.html", takes_context=True)
def copy_fate(context, space) -> dict:
    """In a sentence, of a Space that has ended. Five queries at most."""
    request = context["request"]
    person = person_of(request.user, request.COOKIES, request.session)
    return {"space": space, "fate": selectors.fate(space, person, timezone.now())}
