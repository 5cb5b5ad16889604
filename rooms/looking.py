"""What the address of the home page and of its socket asks for; what cannot be asked for is left out."""

import re

from rooms.languages import LANGUAGES
from rooms.selectors import CARDS_MOST, CARDS_SHOWN, Look

# A socket follows so many cards.
FOLLOWED_MOST = 60
QUERY_LONGEST = 4096
_TOPIC_LONGEST = 30
_CARD = re.compile(r"([-\w]{1,40})\.([0-9]{1,15})", re.ASCII)


def look_of(user, query) -> Look:
    language, topic = query.get("language", ""), query.get("topic", "")
    return Look(user, language if language in LANGUAGES else "", topic.replace("\0", "")[:_TOPIC_LONGEST])


def shown(query) -> int:
    """How many cards, whole screens of them."""
    asked = query.get("shown", "")
    wanted = int(asked) if re.fullmatch(r"[0-9]{1,4}", asked) else 0
    return max(CARDS_SHOWN, min(wanted - wanted % CARDS_SHOWN, CARDS_MOST))


def cards_asked(query) -> dict[str, int]:
    """Slugs of cards on a page, each with the version it shows: `cards=slug.version,slug.version`."""
    named = query.get("cards", "")[: FOLLOWED_MOST * 60].split(",")[:FOLLOWED_MOST]
    return {found[1]: int(found[2]) for each in named if (found := _CARD.fullmatch(each))}


def cards_named(spaces) -> str:
    """The same, of what a page is about to show."""
    return ",".join(f"{space.slug}.{space.version}" for space in spaces[:FOLLOWED_MOST])
