"""Spaces on pages of people, which belong to accounts and know nothing of rooms."""

from django import template

from rooms import selectors

register = template.Library()


@register.inclusion_tag("rooms/_hosted.html", takes_context=True)
def hosted_spaces(context, person) -> dict:
    """The Spaces this person hosts, for whoever looks at the page."""
    request = context["request"]
    reader = request.user if request.user.is_authenticated else None
    spaces = selectors.hosted(person, reader=reader, after=request.GET.get("before", ""))
    return {"person": person, "user": request.user, **spaces._asdict()}
