"""What stays of a Space on its page after the end."""

from accounts.selectors import followed_among
from rooms import selectors
from rooms.models import Space

LED_ON_TO = 3


def ended_context(space: Space, user) -> dict:
    """`spoke`: pairs of a participant and whether this visitor follows them. Six queries at most, whoever spoke."""
    reader = user if user.is_authenticated else None
    # Nobody is introduced here whom the hosts showed the door.
    people = [person for person in selectors.speakers(space) if person.removed_at is None]
    followed = followed_among(reader, [person.user_id for person in people]) if reader else set()
    return {
        "spoke": [(person, person.user_id in followed) for person in people],
        "live": selectors.live_spaces()[:LED_ON_TO],
        "upcoming": selectors.upcoming_spaces(reader)[:LED_ON_TO],
    }
