"""Replays on pages of rooms and of people, which know nothing of recordings."""

from django import template
from django.utils import timezone

from recordings.models import Replay
from recordings.selectors import hearing, pages
from rooms.identity import Person, person_of

register = template.Library()


@register.inclusion_tag("recordings/_card.html", takes_context=True)
def replay_card(context, space) -> dict:
    """On the page of a Space that has ended: its replay, for whoever may know of it."""
    return {"shown": pages.shown(space, _person(context["request"]), timezone.now())}


@register.inclusion_tag("recordings/_take_out.html", takes_context=True)
def take_out(context, space) -> dict:
    """In the place of the page of a Space, for whoever is barred from it and is in its recording. One query at most."""
    return {"space": space, "spoke": pages.own_voice(space, _person(context["request"]))}


@register.simple_tag
def replays_of(spaces) -> set:
    """Keys of those of these Spaces whose replay everybody may hear. One query."""
    listed = [space.pk for space in spaces]
    heard = (
        Replay.objects.filter(hearing.in_public(timezone.now()), space__in=listed) if listed else Replay.objects.none()
    )
    return set(heard.values_list("space", flat=True))


def _person(request) -> Person:
    return person_of(request.user, request.COOKIES, request.session)
