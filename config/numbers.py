"""The rules of the product in numbers, for config/settings.py: each reads one environment variable of the same name."""

from config.env import Misconfigured


def read(env) -> dict[str, int | float]:
    """Names and values. Raises Misconfigured."""
    # Seats on a stage, host and co-hosts included. The database holds 13; a setting may lower it.
    MAX_SEATS = env.int("MAX_SEATS", default=13)
    if not 1 <= MAX_SEATS <= 13:
        raise Misconfigured("MAX_SEATS must be from 1 to 13.")
    # Co-hosts of one Space, open offers included.
    MAX_COHOSTS = env.int("MAX_COHOSTS", default=2)
    # Followers one needs to host.
    HOST_MIN_FOLLOWERS = env.int("HOST_MIN_FOLLOWERS", default=0)
    # Characters in a Space's title and description, topics of a Space, characters in a topic.
    TITLE_MAX = env.int("TITLE_MAX", default=70)
    DESCRIPTION_MAX = env.int("DESCRIPTION_MAX", default=500)
    TOPICS_MAX = env.int("TOPICS_MAX", default=3)
    TOPIC_MAX = env.int("TOPIC_MAX", default=30)
    if not (0 < TITLE_MAX <= 70 and DESCRIPTION_MAX <= 500 and TOPICS_MAX <= 3 and TOPIC_MAX <= 30):
        raise Misconfigured("TITLE_MAX, DESCRIPTION_MAX, TOPICS_MAX, TOPIC_MAX may only be lowered: 70, 500, 3, 30.")
    # How often a handle may be changed within so many days; the former one leads to the new one for as long.
    HANDLE_CHANGES_MAX = env.int("HANDLE_CHANGES_MAX", default=3)
    HANDLE_DAYS = env.int("HANDLE_DAYS", default=30)
    # Bytes of a picture somebody uploads of themselves, and of any request's body.
    AVATAR_MAX_BYTES = env.int("AVATAR_MAX_BYTES", default=5 * 1024 * 1024)
    BODY_MAX_BYTES = env.int("BODY_MAX_BYTES", default=6 * 1024 * 1024)
    if AVATAR_MAX_BYTES >= BODY_MAX_BYTES:
        raise Misconfigured("BODY_MAX_BYTES must be larger than AVATAR_MAX_BYTES.")
    # How far ahead (days) a Space may be scheduled, and what is forgiven to forms that took a while (seconds).
    SCHEDULE_MAX_DAYS = env.int("SCHEDULE_MAX_DAYS", default=14)
    SCHEDULE_SLACK_SECONDS = env.int("SCHEDULE_SLACK_SECONDS", default=60)
    # Scheduled Spaces of one host. The database holds one; 0 closes the calendar.
    SCHEDULED_PER_HOST = env.int("SCHEDULED_PER_HOST", default=1)
    if SCHEDULED_PER_HOST not in (0, 1):
        raise Misconfigured("SCHEDULED_PER_HOST must be 0 or 1.")
    # A scheduled Space that was not started so long after its time (seconds) expires.
    SCHEDULE_EXPIRES_SECONDS = env.int("SCHEDULE_EXPIRES_SECONDS", default=2 * 3600)
    # How long before the time (seconds) its host is reminded.
    REMIND_HOST_SECONDS = env.int("REMIND_HOST_SECONDS", default=30 * 60)
    # Role, seat, mute state and place in the queue are kept this long after the connection is lost; a host's longer.
    SEAT_HOLD_SECONDS = env.int("SEAT_HOLD_SECONDS", default=60)
    HOST_HOLD_SECONDS = env.int("HOST_HOLD_SECONDS", default=5 * 60)
    # A listener who has no place in the queue to lose is counted as gone sooner, so that the roster stays true.
    LISTENER_HOLD_SECONDS = env.int("LISTENER_HOLD_SECONDS", default=20)
    # Without a host, and with nobody to take over, a Space ends after a countdown of so many seconds.
    CLOSING_SECONDS = env.int("CLOSING_SECONDS", default=60)
    # A Space nobody is in ends after so many seconds.
    EMPTY_SECONDS = env.int("EMPTY_SECONDS", default=5 * 60)
    # An offered seat that is free, and an offered turn, lapse after so many seconds.
    OFFER_SECONDS = env.int("OFFER_SECONDS", default=120)
    TURN_OFFER_SECONDS = env.int("TURN_OFFER_SECONDS", default=30)
    # The length (seconds) a turn may have in "one at a time".
    TURN_SECONDS_MIN = env.int("TURN_SECONDS_MIN", default=10)
    TURN_SECONDS_MAX = env.int("TURN_SECONDS_MAX", default=600)
    # Hours an invitation stays open, counted from the start of a scheduled Space; days an invite link does.
    INVITATION_HOURS = env.int("INVITATION_HOURS", default=24)
    INVITE_LINK_DAYS = env.int("INVITE_LINK_DAYS", default=7)
    # Open invite links of one Space.
    INVITE_LINKS_MAX = env.int("INVITE_LINKS_MAX", default=10)
    # Days in which somebody who asked for their account to be erased may change their mind.
    ACCOUNT_CLOSING_DAYS = env.int("ACCOUNT_CLOSING_DAYS", default=7)
    # Days in which nobody else may take the handle of an erased account.
    HANDLE_HELD_DAYS = env.int("HANDLE_HELD_DAYS", default=30)
    # Copies of one's own data: how many one may ask for in 24 hours, and how many days a copy is kept.
    COPIES_PER_DAY = env.int("COPIES_PER_DAY", default=2)
    COPY_KEPT_DAYS = env.int("COPY_KEPT_DAYS", default=7)
    # Up to so many people a Space is shown as a circle of faces, above it as a stage and an audience.
    FORUM_MAX = env.int("FORUM_MAX", default=24)
    # Listeners shown by face in a Space; the rest are a count, so that the roster costs the same whatever the audience.
    ROSTER_FACES = env.int("ROSTER_FACES", default=60)
    # Browsers of one person that are told by push; of more the oldest is told no more.
    BROWSERS_MAX = env.int("BROWSERS_MAX", default=10)
    # Days after which what people were told is forgotten; the page shows thirty.
    NOTIFICATION_DAYS = env.int("NOTIFICATION_DAYS", default=90)
    # Hours between two mails of the day, with what somebody has not seen, to the same person.
    DIGEST_HOURS = env.int("DIGEST_HOURS", default=24)
    # Least time between two renders of one Space's roster (seconds).
    ROSTER_INTERVAL = env.float("ROSTER_INTERVAL", default=0.5)
    # The same for its card on home pages.
    CARD_INTERVAL = env.float("CARD_INTERVAL", default=2.0)
    # Messages one person sends within a minute.
    MESSAGES_PER_MINUTE = env.int("MESSAGES_PER_MINUTE", default=20)
    # Conversations one person begins within an hour with people who do not follow them.
    STRANGERS_PER_HOUR = env.int("STRANGERS_PER_HOUR", default=10)
    # To how many such people the same words go within an hour.
    SAME_WORDS_PER_HOUR = env.int("SAME_WORDS_PER_HOUR", default=5)
    return {name: value for name, value in locals().items() if name.isupper()}
