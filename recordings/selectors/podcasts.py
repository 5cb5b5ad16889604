"""What stands in podcasts, and who has one. Must never write."""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef

from accounts.models import User
from recordings.models import Cue, Replay
from recordings.selectors.hearing import in_public
from rooms.models import Participant, Space

EPISODES_MOST = 100
PODCASTS_MOST = 1000


def episodes(host: User, now: datetime) -> list[Replay]:
    """Of a host's listed Spaces, the latest first, as many as a feed holds. One query."""
    replays = Replay.objects.filter(in_public(now), space__host=host).select_related("space").defer("peaks", "pieces")
    return list(replays.order_by("-space__ended_at", "-pk")[:EPISODES_MOST])


def airings(host: User) -> list[Space]:
    """What is on air or planned, and listed. One query."""
    spaces = Space.objects.filter(host=host, is_private=False, state__in=[Space.State.LIVE, Space.State.SCHEDULED])
    return list(spaces.order_by("state"))


def has_podcast(person: User, now: datetime) -> bool:
    """Whether anything can be heard in theirs. One query, none for those who approve followers by hand."""
    return not person.is_protected and Replay.objects.filter(in_public(now), space__host=person).exists()


def followed_podcasts(user: User, now: datetime) -> list[User]:
    """Hosts this person follows of whom something can be heard, by handle. One query."""
    heard = Replay.objects.filter(in_public(now), space__host=OuterRef("pk"))
    hosts = User.objects.open().filter(Exists(heard), followers__follower=user, is_protected=False)
    return list(hosts.order_by("handle")[:PODCASTS_MOST])


def heard_people(replays: Collection[Replay]) -> dict[str, Participant]:
    """By key, everybody who is heard in one of them and has an open account, and whom no host showed the door. One
    query."""
    keys = {who for replay in replays for who, _, _ in replay.voices}
    people = Participant.objects.filter(pk__in=keys, removed_at=None, user__is_active=True, user__closing_at=None)
    return {str(person.pk): person for person in people.select_related("user")}


def with_words(replays: Collection[Replay]) -> set:
    """Keys of the Spaces in which somebody who is heard said something that is written down. One query."""
    keys = {who for replay in replays for who, _, _ in replay.voices}
    found = Cue.objects.filter(participant__in=keys)
    return set(found.order_by().values_list("copy__space_id", flat=True).distinct())
