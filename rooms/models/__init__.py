from rooms.models.calendar_feed import CalendarFeed
from rooms.models.invitation import Invitation
from rooms.models.invite_link import InviteLink
from rooms.models.participant import Participant, RecordingAnswer
from rooms.models.recording import Consent, RecordingPeriod
from rooms.models.reminder import Notice, Reminder
from rooms.models.seat import Seat
from rooms.models.space import Space
from rooms.models.topic import Topic

__all__ = [
    "CalendarFeed",
    "Consent",
    "Invitation",
    "InviteLink",
    "Notice",
    "Participant",
    "RecordingAnswer",
    "RecordingPeriod",
    "Reminder",
    "Seat",
    "Space",
    "Topic",
]
