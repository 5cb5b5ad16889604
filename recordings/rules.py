"""Whether somebody may do something with what is kept of a Space: pure functions over the facts they are given. Each
returns None or raises Refused. Services and views call them."""

from datetime import date, datetime

from recordings.refusals import refuse_if

# Characters in a reason that staff give: before they listen, and for a legal hold.
REASON_LEAST = 10


def may_hold(*, kept: bool, readable: bool) -> None:
    """A report, or a legal hold: on what is there, and has not expired."""
    refuse_if(not kept, "copy_none")
    refuse_if(not readable, "copy_gone")


def may_hold_legally(*, staff: bool, reason: str, review_on: date, today: date) -> None:
    refuse_if(not staff, "staff_only")
    refuse_if(len(reason.strip()) < REASON_LEAST, "reason_needed", least=REASON_LEAST)
    refuse_if(review_on <= today, "review_past")


def may_lift_legally(*, staff: bool) -> None:
    refuse_if(not staff, "staff_only")


def may_have_data(*, has_account: bool) -> None:
    refuse_if(not has_account, "session_sign_in")


def may_take_session(*, hosts: bool, spoke: bool, kind: str, ended: bool, kept: bool, words: bool) -> None:
    """Own data of a session: all of it for the host, their own words for who was on the stage."""
    refuse_if(kind == "host" and not hosts, "session_of_the_host")
    may_see_session(hosts=False, spoke=spoke or kind == "host")
    refuse_if(not ended, "session_goes_on")
    refuse_if(not kept, "session_gone")
    refuse_if(not words, "words_none")


def may_see_session(*, hosts: bool, spoke: bool) -> None:
    refuse_if(not hosts and not spoke, "session_of_others")


def may_take_another(*, asked: int, most: int) -> None:
    refuse_if(asked >= most, "exports_spent")


def may_read_export(export, *, now) -> None:
    """From the second it expires, nobody; nor once something of it must not be read any more."""
    refuse_if(export.state != "ready" or now >= export.expires_at or export.outlived, "export_gone")


def may_listen(*, permitted: bool, for_staff: bool, reason: str) -> None:
    """Staff, to a review copy that has not expired; `for_staff` is whether people were told that staff may."""
    refuse_if(not permitted, "staff_only")
    refuse_if(not for_staff, "not_for_staff")
    refuse_if(len(reason.strip()) < REASON_LEAST, "reason_needed", least=REASON_LEAST)


def may_write_transcript(*, hosts: bool, heard: bool) -> None:
    """Of a replay that can be heard."""
    refuse_if(not hosts, "transcript_of_the_host")
    refuse_if(not heard, "replay_none")


def may_be_transcript(*, size: int | None, most: int) -> None:
    """`size` in bytes; None where nothing was sent."""
    refuse_if(not size, "vtt_file")
    refuse_if(size > most, "vtt_bytes", most=most // 1000)


def may_keep_replay(*, host: bool, deleted: bool) -> None:
    """Change it, have it mixed again, delete it."""
    refuse_if(not host, "host_only")
    refuse_if(deleted, "replay_gone")


def may_start_at(*, at_ms: int, duration_ms: int) -> None:
    refuse_if(not 0 <= at_ms < max(duration_ms, 1), "starts_after_end")


def may_end_again(*, expires_at: datetime, now: datetime) -> None:
    """Not be kept for good any more."""
    refuse_if(expires_at <= now, "days_are_over")


def may_try_again(*, failed: bool) -> None:
    refuse_if(not failed, "not_failed")
