"""Addresses of replays for other programs: absolute, as this server is known to the world."""

from django.conf import settings
from django.urls import reverse


def absolute(path: str) -> str:
    return settings.SITE_URL + path


def of_replay(space, name: str = "replay", *below: str) -> str:
    """The page of its replay, or what has that name below it."""
    return absolute(reverse(name, args=[space.slug, *below]))


def of_podcast(person) -> str:
    return absolute(reverse("podcast", args=[person.handle]))


def of_cover(person) -> str:
    return absolute(reverse("podcast_cover", args=[person.handle]))
