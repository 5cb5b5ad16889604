from recordings.models.copy import Copy, Hold, Segment, StaffAccess, Tombstone
from recordings.models.replay import Clip, Comment, Like, Replay
from recordings.models.session import Cue, SessionExport

__all__ = [
    "Clip",
    "Comment",
    "Copy",
    "Cue",
    "Hold",
    "Like",
    "Replay",
    "Segment",
    "SessionExport",
    "StaffAccess",
    "Tombstone",
]
