"""What stands in the zip of a session: all of it, true to its manifest, and nothing of people who did not agree."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import time_machine
from django.core.files.storage import storages

from accounts.models import Block, User
from recordings import places, tracks
from recordings.models import Segment
from rooms.models import Consent, Participant, Space
from rooms.relay import ogg
from rooms.relay.opus import Decoder
from tests.support import recorded, replayed
from tests.support.cast import user
from tests.support.copies import rows
from tests.support.hostile import HOSTILE
from tests.support.recorded import Talk
from tests.support.taken import heard, opened, say, take

pytestmark = pytest.mark.django_db

GOLDEN = Path(__file__).parent / "session.golden.txt"
EVENING = datetime(2026, 3, 14, 19, 30, tzinfo=UTC)
# The host twice, with a hole between; who said no talks as well.
TALKS = (
    Talk("host", 1, 6, tone=440),
    Talk("speaker", 6, 12, tone=880),
    Talk("cohost", 12, 16, tone=660),
    Talk("host", 20, 24, tone=440),
)


@pytest.fixture
def space() -> Space:
    made = recorded.space(TALKS, answers={"cohost": "no"}, ended=EVENING, lasted=30, title="Gardens")
    listener, shy, guest = user("listener"), user("shy"), {"guest": "g" * 64}
    for who in ({"user": listener}, {"user": shy, "unnamed": True}, guest):
        Participant.objects.create(space=made, joined_at=made.started_at, left_at=made.ended_at, **who)
    say(recorded.of(made, "host"), "Good evening, everybody.", 1, 3)
    say(recorded.of(made, "speaker"), "Tomatoes like the south side.", 6, 9)
    say(recorded.of(made, "cohost"), "This was never agreed to.", 12, 15)
    return made


@pytest.fixture(autouse=True)
def _that_evening():
    with time_machine.travel(EVENING + timedelta(hours=1), tick=False):
        yield


def loudest(samples: np.ndarray, start: float, end: float) -> tuple[int, float]:
    """(Hz, how loud) of what stands out in that stretch."""
    part = samples[round(start * 48_000) : round(end * 48_000)]
    spectrum = np.abs(np.fft.rfft(part)) / max(len(part), 1)
    return round(spectrum.argmax() * 48_000 / len(part)), float(spectrum.max())


# --- The whole ---


def test_a_session_as_a_whole_has_not_changed(space):
    """All texts of the zip, beside the golden file: look at the difference before you accept it as the new one."""
    archive = opened(take(space))
    shown = []
    for name in sorted(set(archive.namelist()) - {"manifest.json"}):
        data = archive.read(name)
        is_sound = name.endswith((".opus", ".m4a"))
        shown.append(f"--- {name}\n" + ("(sound)\n" if is_sound else data.decode().replace(space.slug, "SLUG")))
    assert "".join(shown) == GOLDEN.read_text()


def test_the_manifest_is_true_to_the_byte(space):
    replayed.replay(space, TALKS)
    archive = opened(take(space))
    assert archive.testzip() is None
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format"] == "openfloor-session/1" and manifest["title"] == "Gardens"
    assert {each["path"] for each in manifest["files"]} | {"manifest.json"} == set(archive.namelist())
    for each in manifest["files"]:
        data = archive.read(each["path"])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (each["bytes"], each["sha256"])


def test_the_replay_is_in_it_as_it_is(space):
    replay = replayed.replay(space, TALKS)
    archive = opened(take(space))
    for kind in ("m4a", "opus"):
        with storages[places.STORAGE].open(getattr(replay, kind)) as file:
            assert archive.read(f"audio/replay.{kind}") == file.read()
    talks = [row for row in rows(archive, "timeline.jsonl") if row["what"] == "talks"]
    assert [(row["name"], row["second"], row["seconds"]) for row in talks] == [
        ("Host", 1, 5),
        ("Speaker", 6, 6),
        ("Host", 20, 4),
    ]


# --- The tracks ---


def test_each_track_lies_on_the_time_of_the_space_to_the_packet(space):
    archive = opened(take(space))
    host = heard(archive.read("audio/tracks/01-host.opus"))
    speaker = heard(archive.read("audio/tracks/02-speaker.opus"))
    for samples, hz, talks in ((host, 440, [(1, 6), (20, 24)]), (speaker, 880, [(6, 12)])):
        loud = np.flatnonzero(np.abs(samples) > 0.02) / 48_000
        for start, end in talks:
            inside = loud[(loud > start - 1) & (loud < end + 1)]
            assert inside[0] == pytest.approx(start, abs=0.025) and inside[-1] == pytest.approx(end, abs=0.025)
            assert abs(loudest(samples, start + 0.5, end - 0.5)[0] - hz) <= 2
    assert np.abs(host[7 * 48_000 : 19 * 48_000]).max() < 1e-3


def test_whoever_said_no_is_heard_in_no_track_and_read_nowhere(space):
    archive = opened(take(space))
    sounds = [name for name in archive.namelist() if name.endswith(".opus")]
    assert sounds == ["audio/tracks/01-host.opus", "audio/tracks/02-speaker.opus"]
    for name in sounds:
        samples = heard(archive.read(name))
        spectrum = np.abs(np.fft.rfft(samples)) / len(samples)
        at = round(660 * len(samples) / 48_000)
        assert spectrum[at - 20 : at + 20].max() < 1e-4
    assert b"never agreed" not in archive.read("transcript.vtt") + archive.read("transcript.txt")


def test_what_was_said_before_a_yes_and_outside_of_the_recording_is_in_no_track_but_the_hosts_own():
    made = recorded.space(
        (Talk("host", 0, 20, tone=440), Talk("speaker", 0, 20, tone=880)), ended=EVENING, recorded=[(4, 16)]
    )
    Consent.objects.filter(participant=recorded.of(made, "speaker")).update(at=made.started_at + timedelta(seconds=8))
    archive = opened(take(made))
    speaker = heard(archive.read("audio/tracks/02-speaker.opus"))
    loud = np.flatnonzero(np.abs(speaker) > 0.02) / 48_000
    assert loud[0] == pytest.approx(8, abs=0.05) and loud[-1] == pytest.approx(16, abs=0.05)
    assert loudest(heard(archive.read("audio/tracks/01-host.opus")), 0.5, 3.5)[0] == pytest.approx(440, abs=2)


def test_what_storage_has_lost_or_damaged_is_counted_and_the_rest_stays_in_its_place(space):
    storage, lost = storages[places.STORAGE], list(Segment.objects.filter(participant=recorded.of(space, "host")))
    storage.delete(lost[0].name)
    with storage.open(lost[-1].name, "wb") as file:
        file.write(b"OggS and then nothing of the kind")
    archive = opened(take(space))
    track = rows(archive, "audio/tracks.jsonl")[0]
    assert (track["name"], track["missing_pieces"]) == ("Host", 2)
    assert track["sound_from_to"] == [[5.0, 6.0]]


def test_a_space_that_was_not_recorded_gives_its_host_their_own_track_alone():
    made = recorded.space(TALKS, answers=dict.fromkeys(("host", "speaker", "cohost"), ""), recorded=[], ended=EVENING)
    archive = opened(take(made))
    assert [name for name in archive.namelist() if name.endswith(".opus")] == ["audio/tracks/01-host.opus"]
    assert len(rows(archive, "audio/tracks.jsonl")[0]["sound_from_to"]) == 2


def test_silence_between_is_silence_and_costs_little():
    put = bytearray()
    packet = b"\xf8\xff\xfe"
    data = ogg.header(9) + ogg.page([packet] * 50, 48_000, 9, 2, ogg.LAST)
    pieces = [tracks.Piece(0, "a"), tracks.Piece(3_600_000_000, "a"), tracks.Piece(3_600_500_000, "a")]
    written = tracks.write(put.extend, pieces, {"a": data}.get, origin_us=0, spans_us=None)
    assert written.samples == 48_000 * 3600 + 72_000, "of two that claim one moment the first has it"
    assert len(put) < 600_000 and written.missing == 0
    assert not np.abs(np.concatenate([Decoder().decode(each) for each in ogg.packets(bytes(put))[:2000]])).max() > 1e-9


@pytest.mark.parametrize("packet", [b"", b"\x03", b"\x0b\x3f", b"\xff\xff\xff"])
def test_what_is_no_packet_has_no_length(packet):
    assert tracks.packet_samples(packet) == 0


# --- Other people ---


def test_nobodys_address_and_no_ids_stand_in_it(space):
    archive = opened(take(space))
    everything = b"".join(archive.read(name) for name in archive.namelist() if not name.endswith(".opus")).decode()
    assert "@example.org" not in everything and "shy" not in everything.lower()
    for person in Participant.objects.filter(space=space):
        assert str(person.pk) not in everything and person.pk.hex not in everything
    assert "g" * 64 not in everything


def test_people_who_have_left_or_are_blocked_are_counted_and_not_named(space):
    User.objects.filter(handle="listener").update(closing_at=EVENING + timedelta(days=9))
    Block.objects.create(blocker=User.objects.get(handle="speaker"), blocked=space.host)
    replayed.replay(space, TALKS)
    archive = opened(take(space))
    assert [row["handle"] for row in rows(archive, "roster.jsonl")] == ["host", "cohost"]
    manifest = json.loads(archive.read("manifest.json"))
    assert [manifest[each] for each in ("named", "guests", "unnamed", "others")] == [2, 1, 1, 2]
    words = b"".join(archive.read(name) for name in archive.namelist() if not name.endswith(".opus"))
    assert b"speaker" not in words.lower()
    assert "audio/tracks/02-somebody.opus" in archive.namelist()


@pytest.mark.parametrize("words", [HOSTILE[0], HOSTILE[3], "</v> --> 00:00.000\n\nNOTE", "../../etc/passwd", "{{ 7 }}"])
def test_hostile_names_titles_and_words_are_only_words(space, words):
    User.objects.filter(handle="speaker").update(display_name=words)
    Space.objects.filter(pk=space.pk).update(title=words)
    say(recorded.of(space, "speaker"), words, 9, 11)
    archive = opened(take(Space.objects.get(pk=space.pk)))
    assert json.loads(archive.read("manifest.json"))["title"] == words
    assert {name.count("..") for name in archive.namelist()} == {0}
    vtt = archive.read("transcript.vtt").decode()
    assert vtt.count(" --> ") == 3 and "<script" not in vtt


def test_somebodys_own_words_are_theirs_alone(space):
    archive = opened(take(space, by=recorded.person("cohost")))
    assert set(archive.namelist()) == {
        "README.txt",
        "consents.jsonl",
        "manifest.json",
        "transcript.txt",
        "transcript.vtt",
    }
    assert archive.read("transcript.txt").decode() == "Cohost (0:12)\nThis was never agreed to.\n"
    assert [row["answer"] for row in rows(archive, "consents.jsonl")] == ["no"]
