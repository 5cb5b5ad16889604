"""What is kept of the sound and for how long, for config/settings.py: each reads one environment variable of the same
name."""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

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
    # What people were told when they agreed, by its date and which of that day: change it with the words.
    CONSENT_POLICY = env.str("CONSENT_POLICY", default="2026-11-22.2")
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


def store(env, *, var_dir: Path) -> dict:
    """Where copies lie: a STORAGES entry. Every name is written once, and again with the same bytes. Raises
    Misconfigured."""
    # The bucket of an S3-compatible store, which nobody else reads or writes; by itself a folder of VAR_DIR.
    COPIES_S3_BUCKET = env.str("COPIES_S3_BUCKET", default="")
    # Where the store is, such as https://minio.example.org; by itself Amazon's own. People fetch what they hear there.
    COPIES_S3_ENDPOINT_URL = env.str("COPIES_S3_ENDPOINT_URL", default="")
    COPIES_S3_REGION = env.str("COPIES_S3_REGION", default="")
    # The key that may read, write, list and delete there; by itself that of the machine (an instance's role).
    COPIES_S3_KEY_ID = env.str("COPIES_S3_KEY_ID", default="")
    COPIES_S3_SECRET_KEY = env.str("COPIES_S3_SECRET_KEY", default="")
    if not COPIES_S3_BUCKET:
        if COPIES_S3_ENDPOINT_URL or COPIES_S3_REGION or COPIES_S3_KEY_ID or COPIES_S3_SECRET_KEY:
            raise Misconfigured("COPIES_S3_* is set, but not COPIES_S3_BUCKET: name the bucket, or unset the others.")
        options = {"location": var_dir / "copies", "file_permissions_mode": 0o600, "allow_overwrite": True}
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": options}
    if bool(COPIES_S3_KEY_ID) != bool(COPIES_S3_SECRET_KEY):
        raise Misconfigured("COPIES_S3_KEY_ID and COPIES_S3_SECRET_KEY go together: set both, or neither.")
    if COPIES_S3_ENDPOINT_URL and not COPIES_S3_ENDPOINT_URL.startswith(("http://", "https://")):
        raise Misconfigured("COPIES_S3_ENDPOINT_URL must be an address such as https://minio.example.org.")
    if find_spec("storages") is None or find_spec("boto3") is None:
        raise Misconfigured("COPIES_S3_BUCKET needs: python3 config/install.py requirements.txt requirements-s3.txt")
    options = {
        "bucket_name": COPIES_S3_BUCKET,
        "endpoint_url": COPIES_S3_ENDPOINT_URL or None,
        "region_name": COPIES_S3_REGION or None,
        "access_key": COPIES_S3_KEY_ID or None,
        "secret_key": COPIES_S3_SECRET_KEY or None,
    }
    return {"BACKEND": "recordings.s3.S3Copies", "OPTIONS": options}


def origins(stored: dict) -> list[str]:
    """Where browsers fetch such sound from, beside this server: the origins that signed links may have, with the bucket
    in their path or in their name."""
    options = stored["OPTIONS"]
    if not (bucket := options.get("bucket_name")):
        return []
    region = options["region_name"]
    amazon = [f"https://s3.{region}.amazonaws.com"] if region else []
    hosts = [options["endpoint_url"]] if options["endpoint_url"] else ["https://s3.amazonaws.com", *amazon]
    parts = [urlsplit(host) for host in hosts]
    named = [f"{part.scheme}://{bucket}.{part.netloc}" for part in parts]
    return [f"{part.scheme}://{part.netloc}" for part in parts] + named
