from recordings.models.copy import Copy, Hold, Segment, StaffAccess, Tombstone
from recordings.models.guard import PurgeGuard
from recordings.models.replay import Clip, Comment, Like, Replay
from recordings.models.session import Cue, SessionExport

__all__ = [
    "Clip",
    "Comment",
    "Copy",
    "Cue",
    "Hold",
    "Like",
    "PurgeGuard",
    "Replay",
    "Segment",
    "SessionExport",
    "StaffAccess",
    "Tombstone",
]
