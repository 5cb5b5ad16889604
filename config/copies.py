"""What is kept of the sound and for how long, for config/settings.py: each reads one environment variable of the same
name."""

from pathlib import Path

from config.env import Misconfigured


def read(env, *, var_dir: Path) -> dict:
    """Names and values. Raises Misconfigured."""
    # Whether staff get a copy of a Space: always; on_report, where it goes at the end unless somebody reported; never.
    REVIEW_COPY = env.str("REVIEW_COPY", default="always")
    if REVIEW_COPY not in ("always", "on_report", "never"):
        raise Misconfigured("REVIEW_COPY must be always, on_report or never.")
    # Days after the end at which copies and replays are destroyed; the review copy where a report was upheld.
    RETENTION_DAYS = env.int("RETENTION_DAYS", default=30)
    RETENTION_VIOLATION_DAYS = env.int("RETENTION_VIOLATION_DAYS", default=90)
    if not 0 < RETENTION_DAYS <= RETENTION_VIOLATION_DAYS:
        raise Misconfigured("RETENTION_VIOLATION_DAYS must not be less than RETENTION_DAYS, and that not less than 1.")
    # How long (seconds) somebody may think about being recorded; no answer is a no.
    CONSENT_SECONDS = env.int("CONSENT_SECONDS", default=30)
    # What people were told when they agreed, by its date: change it with the words.
    CONSENT_POLICY = env.str("CONSENT_POLICY", default="2026-11-22")
    # Where relays write the sound until it is in storage, and the share of that disk (0..1) below which they stop.
    CAPTURE_SPOOL = Path(env.str("CAPTURE_SPOOL", default=str(var_dir / "capture")))
    CAPTURE_MIN_FREE = env.float("CAPTURE_MIN_FREE", default=0.10)
    # Seconds in a clip of a replay.
    CLIP_SECONDS_MAX = env.int("CLIP_SECONDS_MAX", default=30)
    # Spaces that one round of the purge takes.
    PURGE_BATCH = env.int("PURGE_BATCH", default=50)
    # A purge of more than this share (0..1) of all Spaces and of more than so many hours of them at once is refused:
    # then the clock was set wrong rather than so much time passed.
    PURGE_GUARD_SHARE = env.float("PURGE_GUARD_SHARE", default=0.2)
    PURGE_GUARD_HOURS = env.int("PURGE_GUARD_HOURS", default=48)
    # The internal location under which nginx serves files of copies (X-Accel-Redirect), such as /copies/; by Django
    # without one.
    MEDIA_ACCEL_PREFIX = env.str("MEDIA_ACCEL_PREFIX", default="")
    return {name: value for name, value in locals().items() if name.isupper()}
