"""Lengths of time as people read them."""

from django import template

register = template.Library()


@register.filter
def minutes(seconds: int) -> str:
    """90 -> "1:30"."""
    return f"{seconds // 60}:{seconds % 60:02d}"


@register.filter
def milliseconds(length: int) -> int:
    """Whole seconds in so many milliseconds."""
    return length // 1000
