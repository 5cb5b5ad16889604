"""What stands on the home page: live Spaces as cards, and what is to come."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, prefetch_related_objects
from django.utils import timezone

from accounts.models import Follow
from accounts.selectors import not_blocked, not_muted
from rooms.languages import LANGUAGES
from rooms.models import Participant, Reminder, Space, Topic
from rooms.roles import SEATED
from rooms.selectors.access import invited
from rooms.selectors.listings import not_expired
from rooms.selectors.room import seats

# On the first screen, and at most.
CARDS_SHOWN, CARDS_MOST = 24, 120
# Of people one follows, and of Spaces they are in; the rest stands among all.
FOLLOWED_SHOWN = 12
# So many followed people inside are read to find those Spaces.
FOLLOWED_READ = 120
# Of whoever follows more people who are inside a Space, so many are looked at.
FOLLOWED_INSIDE = 10_000
UPCOMING_SHOWN = 50
TOPICS_SHOWN = 12
# What a name and a face take of a participant; a full home page shows hundreds.
NAMED = ("role", "unnamed", "user__display_name", "user__avatar")


@dataclass(frozen=True)
class Look:
    """Who looks, and what they narrow it down to; "" is everything."""

    user: object = field(default_factory=AnonymousUser)
    language: str = ""
    topic: str = ""

    def narrowed(self, spaces: QuerySet[Space]) -> QuerySet[Space]:
        """Neither of whom they block or mute, nor of whoever blocks them or may not host any more."""
        spaces = spaces.filter(host__is_active=True)
        spaces = spaces.filter(not_blocked(self.user, of="host"), not_muted(self.user, of="host"))
        if self.language:
            spaces = spaces.filter(language=self.language)
        if self.topic:
            spaces = spaces.filter(Exists(Topic.objects.filter(space=OuterRef("pk"), name=self.topic)))
        return spaces


@dataclass(frozen=True)
class Home:
    """Live Spaces, each once. Of `followed`, `here` are the followed people inside who may be shown there."""

    followed: list[Space]
    listed: list[Space]
    # Whether there are others.
    more: bool

    @property
    def spaces(self) -> list[Space]:
        return self.followed + self.listed


def home(look: Look, shown: int = CARDS_SHOWN) -> Home:
    """`shown` cards at most below those of people one follows. Three queries for visitors, six
    at most with an account."""
    followed = _of_followed(look) if look.user.is_authenticated else []
    rest = _warmest(look).exclude(pk__in=[space.pk for space in followed])
    found = list(rest[: shown + 1])
    listed = found[:shown]
    dressed(followed + listed)
    return Home(followed=followed, listed=listed, more=len(found) > shown)


def live_spaces(look: Look, most: int) -> list[Space]:
    """Listed ones, the warmest first (rooms.warmth). One query."""
    return list(_warmest(look)[:most])


def card(space_id) -> Space:
    """What a card shows of one Space, whoever may see it. Three queries."""
    return dressed(list(Space.objects.select_related("host").filter(pk=space_id)))[0]


def cards(spaces: Collection[Space]) -> list[Space]:
    """The same of some. Three queries."""
    return dressed(list(Space.objects.select_related("host").filter(pk__in=[space.pk for space in spaces])))


def on_show(look: Look, *, slugs: Collection[str], keys: Collection) -> list[Space]:
    """Those of these that this person may be shown as cards, live or over. One query."""
    begun = Space.objects.filter(is_private=False, state__in=[Space.State.LIVE, Space.State.ENDED])
    return list(look.narrowed(begun.filter(Q(slug__in=slugs) | Q(pk__in=keys))))


def languages(look: Look) -> list[tuple[str, str]]:
    """In which somebody is on air, what most speak first, and the chosen one: code and name. One query."""
    codes = _on_air().values_list("language", flat=True).annotate(n=Count("pk")).order_by("-n", "language")
    return [(code, LANGUAGES.get(code, code)) for code in _with(look.language, list(codes))]


def topics(look: Look) -> list[str]:
    """What is talked about most, and the chosen one. One query."""
    names = Topic.objects.filter(space__in=_on_air()).values_list("name", flat=True)
    return _with(look.topic, list(names.annotate(n=Count("pk")).order_by("-n", "name")[:TOPICS_SHOWN]))


def upcoming_spaces(look: Look, most: int = UPCOMING_SHOWN) -> list[Space]:
    """What is in the calendar, the next first: listed ones, and private ones of this person or with an invitation for
    them. Each with `reminder` (whether they asked to be told) and its topics. Two queries."""
    seen, now = Q(is_private=False), timezone.now()
    asked = Reminder.objects.none()
    if look.user.is_authenticated:
        seen |= Q(host=look.user) | Exists(invited(OuterRef("pk"), look.user.pk, now))
        asked = Reminder.objects.filter(space=OuterRef("pk"), user=look.user)
    scheduled = Space.objects.filter(seen, state=Space.State.SCHEDULED, scheduled_for__gt=not_expired(now))
    found = look.narrowed(scheduled).annotate(reminder=Exists(asked))
    found = found.select_related("host").prefetch_related("topics")
    return list(found.order_by("scheduled_for", "pk")[:most])


def _on_air() -> QuerySet[Space]:
    return Space.objects.filter(state=Space.State.LIVE, is_private=False)


def _warmest(look: Look) -> QuerySet[Space]:
    return look.narrowed(_on_air()).select_related("host").order_by("-warmth", "pk")


def _of_followed(look: Look) -> list[Space]:
    """Hosted by people one follows, then those they are in: on the stage, which everybody sees, or as listeners who
    let their followers know. Three queries at most."""
    following = Follow.objects.filter(follower=look.user).values("followed")
    hosted = list(_warmest(look).filter(host__in=following)[:FOLLOWED_SHOWN])
    # The limit keeps the database from beginning with everybody who is inside anything.
    inside = Participant.objects.filter(left_at__isnull=True, user__in=following).order_by()[:FOLLOWED_INSIDE]
    shown = Q(role__in=SEATED) | Q(unnamed=False, away_since__isnull=True, user__shows_listening=True)
    here = Participant.objects.filter(shown, not_muted(look.user, of="user"), pk__in=inside.values("pk"))
    here = here.filter(space__in=look.narrowed(_on_air())).select_related("user").only("space", *NAMED)
    here = list(here.order_by("-space__warmth", "space", "joined_at", "pk")[:FOLLOWED_READ])
    others = dict.fromkeys(person.space_id for person in here)
    for space in hosted:
        others.pop(space.pk, None)
    spaces = hosted + list(_warmest(look).filter(pk__in=list(others)[:FOLLOWED_SHOWN]))
    for space in spaces:
        space.here = [one for one in here if one.space_id == space.pk and one.user_id != space.host_id]
    return spaces


def _with(chosen: str, offered: list[str]) -> list[str]:
    return offered if not chosen or chosen in offered else [chosen, *offered]


def dressed(spaces: list[Space]) -> list[Space]:
    """With what a card shows: their `stage` and their topics. Two queries, none for none."""
    named = seats().only("space", "slot", *(f"participant__{field}" for field in NAMED))
    prefetch_related_objects(spaces, Prefetch("seats", queryset=named, to_attr="stage"), "topics")
    return spaces
