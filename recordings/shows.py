"""Rows -> what recordings.podcast writes, and the words of the pictures. Called by views; reads the database."""

from datetime import datetime
from pathlib import PurePath

from django.core.files.storage import default_storage

from accounts.models import User
from recordings import addresses
from recordings.models import Replay
from recordings.pictures import Face
from recordings.podcast import Airing, Episode, File, Show, Voice
from recordings.selectors import podcasts
from rooms.models import Participant, Space
from rooms.roles import Role

_ROLES = {Role.HOST: "host", Role.COHOST: "co-host"}


def show(host: User, now: datetime) -> Show:
    """All of somebody's podcast. Four queries, however many episodes."""
    replays = podcasts.episodes(host, now)
    people, written = podcasts.heard_people(replays), podcasts.with_words(replays)
    return named(
        host,
        language=replays[0].space.language if replays else "en",
        airings=[_airing(space) for space in podcasts.airings(host)],
        episodes=[_episode(replay, host, people, words=replay.space_id in written) for replay in replays],
    )


def named(host: User, language: str = "en", **contents) -> Show:
    """By itself, for lists of podcasts."""
    return Show(
        host=Voice(host.display_name, "host", addresses.absolute(host.get_absolute_url())),
        title=f"{host.display_name} on Openfloor",
        about=host.bio or f"Live conversations that {host.display_name} hosts on Openfloor, to hear again.",
        feed=addresses.of_podcast(host),
        picture=addresses.of_cover(host),
        language=language,
        **contents,
    )


def face(person: User) -> Face:
    """With the picture they have chosen, where there is one."""
    picture = b""
    if person.avatar and default_storage.exists(person.avatar):
        with default_storage.open(person.avatar) as file:
            picture = file.read()
    return Face(person.display_name, person.initials, person.hue, picture)


def face_key(person: User) -> str:
    """What their face is drawn from."""
    return f"{person.display_name}|{person.hue}|{PurePath(person.avatar).stem}"


def length(milliseconds: int) -> str:
    """`47 min`, `1 h 5 min` or `30 s`."""
    seconds = round(milliseconds / 1000)
    if seconds < 60:
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _airing(space: Space) -> Airing:
    status, start = ("live", space.started_at) if space.is_live else ("pending", space.scheduled_for)
    return Airing(str(space.pk), space.title, status, start, addresses.absolute(space.get_absolute_url()))


def _episode(replay: Replay, host: User, people: dict[str, Participant], *, words: bool) -> Episode:
    space = replay.space
    heard = dict.fromkeys(who for who, _, _ in replay.voices)
    voices = [_voice(people[who], host) for who in heard if who in people]
    return Episode(
        id=str(replay.pk),
        title=replay.title,
        about=space.description or f"Hosted by {host.display_name}. {length(replay.duration_ms)}.",
        address=addresses.of_replay(space),
        published=space.ended_at,
        milliseconds=replay.duration_ms,
        m4a=File(addresses.of_replay(space, "replay_audio", "m4a"), replay.m4a_bytes),
        opus=File(addresses.of_replay(space, "replay_audio", "opus"), replay.opus_bytes) if replay.opus else None,
        chapters=addresses.of_replay(space, "replay_chapters"),
        transcript=addresses.of_replay(space, "replay_transcript") if words else "",
        language=space.language,
        voices=sorted(voices, key=lambda voice: voice.role != "host"),
    )


def _voice(person: Participant, host: User) -> Voice:
    role = "host" if person.user_id == host.pk else _ROLES.get(person.role, "guest")
    return Voice(person.user.display_name, role, addresses.absolute(person.user.get_absolute_url()))
