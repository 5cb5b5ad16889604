"""Where things lie in the storage `copies`: one folder for what goes together, so that a purge can list it."""

import hashlib
import uuid

STORAGE = "copies"
# Lies in the storage that was used before, and in no folder that is mounted over.
MARK = "openfloor.mark"
SPACES, REPLAYS, EXPORTS = TOPS = ("spaces", "replays", "exports")


def space_folder(space_id) -> str:
    """The segments of one Space."""
    return f"{SPACES}/{uuid.UUID(str(space_id)).hex}"


def segment(space_id, participant_id, started_us: int, samples: int) -> str:
    person = uuid.UUID(str(participant_id)).hex
    return f"{space_folder(space_id)}/{person}/{started_us}-{samples}.opus"


def replay_folder(space_id) -> str:
    """All mixes of one Space."""
    return f"{REPLAYS}/{uuid.UUID(str(space_id)).hex}"


def replay(space_id, claim: str, kind: str) -> str:
    """`kind` is m4a or opus. Each mixing has names of its own: whoever lost the claim overwrites nothing."""
    return f"{replay_folder(space_id)}/{claim}.{kind}"


def export_folder(space_id) -> str:
    """Downloads people asked for of one Space."""
    return f"{EXPORTS}/{uuid.UUID(str(space_id)).hex}"


def export(space_id, export_id, claim: str) -> str:
    return f"{export_folder(space_id)}/{uuid.UUID(str(export_id)).hex}-{claim}.zip"


def tomb(kind: str, space_id) -> str:
    """How a tombstone names what it is of: SHA-256, hex."""
    return hashlib.sha256(f"{kind} {uuid.UUID(str(space_id))}".encode()).hexdigest()
