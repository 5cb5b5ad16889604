"""What stays of a Space on its page after the end."""

from accounts.selectors import asked_among, followed_among
from rooms import selectors
from rooms.models import Space

LED_ON_TO = 3


def ended_context(space: Space, user) -> dict:
    """`spoke`: each a participant, whether this visitor follows them, and whether they have asked to. Six queries at
    most, whoever spoke."""
    reader = user if user.is_authenticated else None
    people = selectors.speakers(space, user)
    keys = [person.user_id for person in people]
    followed, asked = (followed_among(reader, keys), asked_among(reader, keys)) if reader else ((), ())
    look = selectors.Look(user)
    return {
        "spoke": [(person, person.user_id in followed, person.user_id in asked) for person in people],
        "live": selectors.live_spaces(look, LED_ON_TO),
        "upcoming": selectors.upcoming_spaces(look, LED_ON_TO),
    }
