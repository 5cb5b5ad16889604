"""The tag that draws an icon, {% lucide "mic" %}, in place of its package's own, which reads a tree and writes it out
again each time: a tenth of a page with many."""

from functools import cache

from django import template
from lucide.templatetags import lucide as package

register = template.Library()
# Icons and their attributes stand in templates, so there are as many as are written there.
_drawn = cache(package.lucide)


@register.simple_tag
def lucide(name: str, **attributes) -> str:
    return _drawn(str(name), **attributes)
