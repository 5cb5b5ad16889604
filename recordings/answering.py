"""Whether X may answer a replay, and what they may say: likes, comments at a moment, clips. Pure, as rules are.

Whoever may hear a replay and has an account may answer it, unless its hosts blocked them. A replay holds the sound of
people who consented and of nobody else, so a clip of it does too, whoever cuts it.
"""

from accounts.validators import clean_line, clean_text, has_substance
from recordings.refusals import refuse_if

COMMENT_MAX = 500
CLIP_SECONDS_MIN = 5


def may_answer(*, signed_in: bool, blocked: bool) -> None:
    """`blocked` says that the host or a co-host blocks them."""
    refuse_if(not signed_in, "account_needed")
    refuse_if(blocked, "blocked")


def may_be_answered(*, heard: bool) -> None:
    """While it can be heard."""
    refuse_if(not heard, "replay_silent")


def may_delete_comment(comment, *, user_pk: int | None) -> None:
    """Whoever wrote it, and the host; also after a block."""
    refuse_if(user_pk not in (comment.user_id, comment.replay.space.host_id), "not_your_comment")


def may_delete_clip(clip, *, user_pk: int | None) -> None:
    refuse_if(user_pk not in (clip.user_id, clip.replay.space.host_id), "not_your_clip")


def may_point_at(replay, at_ms: int) -> None:
    """At a moment that players reach."""
    refuse_if(not replay.starts_at_ms <= at_ms <= replay.duration_ms, "moment_unknown")


def may_clip(replay, *, start_ms: int, length_ms: int, most: int) -> None:
    """`most` in seconds."""
    refuse_if(not replay.clips_allowed, "clips_off")
    in_bounds = CLIP_SECONDS_MIN * 1000 <= length_ms <= most * 1000
    refuse_if(not in_bounds, "clip_length", least=CLIP_SECONDS_MIN, most=most)
    inside = replay.starts_at_ms <= start_ms and start_ms + length_ms <= replay.duration_ms
    refuse_if(not inside, "clip_outside")


def cleaned_comment(text: str) -> str:
    """NFC lines without control or bidirectional characters."""
    text = clean_text(text)
    refuse_if(not has_substance(text), "comment_empty")
    refuse_if(len(text) > COMMENT_MAX, "comment_too_long", most=COMMENT_MAX)
    return text


def cleaned_title(text: str, *, longest: int) -> str:
    """One such line."""
    title = clean_line(text)
    refuse_if(not has_substance(title), "title_empty")
    refuse_if(len(title) > longest, "title_too_long", most=longest)
    return title
