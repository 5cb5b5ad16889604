"""Replays for tests of what is said and told of them: rows, and a few bytes in place of sound."""

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from accounts.models import User
from recordings import places, retention
from recordings.models import Replay
from tests.support import recorded

CLAIM = "7" * 32
SOUND = {"m4a": b"sound of an episode", "opus": b"sound of it"}
SECONDS = 120
# One of each speaks, in milliseconds of the replay.
VOICES = {"host": (0, 50_000), "speaker": (50_000, 90_000), "cohost": (90_000, 120_000)}


def episode(title: str = "Small gardens", *, host: User | None = None, space: dict | None = None, **fields) -> Replay:
    """`space` are fields of its Space, `fields` its own."""
    over = recorded.space((), title=title, host=host, lasted=SECONDS, **(space or {}))
    people = {"host": recorded.of(over, "host")}
    for name in ("speaker", "cohost"):
        people[name] = recorded._seated(over, name, "yes")
    names = {kind: places.replay(over.pk, CLAIM, kind) for kind in SOUND}
    for kind, sound in SOUND.items():
        storages[places.STORAGE].save(names[kind], ContentFile(sound))
    found = {
        "state": Replay.State.READY,
        "title": title,
        "expires_at": retention.replay_until(over.ended_at, days=settings.RETENTION_DAYS),
        "wanted_at": over.ended_at,
        "ready_at": over.ended_at,
        "claim": CLAIM,
        "duration_ms": SECONDS * 1000,
        "m4a_bytes": len(SOUND["m4a"]),
        "opus_bytes": len(SOUND["opus"]),
        "peaks": [(n * 37) % 256 for n in range(1000)],
        "voices": [[str(people[name].pk), *extent] for name, extent in VOICES.items()],
        "chapters": [
            {"at_ms": since, "title": people[name].name, "participant": str(people[name].pk)}
            for name, (since, _) in VOICES.items()
        ],
        "pieces": [[0, round(over.started_at.timestamp() * 1e6), SECONDS * 1000]],
    }
    return Replay.objects.create(space=over, **(found | names | fields))


def signed_in(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client
