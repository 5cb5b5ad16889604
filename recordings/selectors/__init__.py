"""Every read of recordings. Tests assert the number of queries of each."""

from recordings.selectors.copies import (
    IN_STORAGE,
    is_readable,
    readable_copies,
    readable_replays,
    standing_holds,
)
from recordings.selectors.exports import (
    UNDER_WAY,
    export_of,
    exports_asked,
    exports_of,
    exports_to_delete,
    exports_to_make,
    kept_copy,
    own_cues,
    spoke,
)
from recordings.selectors.fate import (
    Fate,
    fate,
)
from recordings.selectors.listening import for_staff, length_ms, open_to, pieces, readable_copy, voices
from recordings.selectors.purging import (
    Due,
    claimed_copies,
    deleted_replays,
    due,
    expired_copies,
    expired_replays,
    named_files,
    overdue,
)
from recordings.selectors.transcripts import (
    as_lines,
    cues,
    has_transcript,
    in_the_recording,
    transcript,
    transcript_edition,
)

__all__ = [
    "Due",
    "Fate",
    "IN_STORAGE",
    "UNDER_WAY",
    "as_lines",
    "claimed_copies",
    "cues",
    "deleted_replays",
    "due",
    "expired_copies",
    "expired_replays",
    "export_of",
    "exports_asked",
    "exports_of",
    "exports_to_delete",
    "exports_to_make",
    "fate",
    "for_staff",
    "has_transcript",
    "in_the_recording",
    "is_readable",
    "kept_copy",
    "length_ms",
    "named_files",
    "open_to",
    "overdue",
    "own_cues",
    "pieces",
    "readable_copies",
    "readable_copy",
    "readable_replays",
    "spoke",
    "standing_holds",
    "transcript",
    "transcript_edition",
    "voices",
]
