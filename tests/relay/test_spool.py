"""Folders of relays: whose they are, what becomes of them when their relay dies, and of what lies in them."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from rooms.relay import ogg, segments
from rooms.relay.segments import Part, Segment
from rooms.relay.spool import LENT, LOCK, Spool
from tests.relay.tape import whole_packets
from tests.relay.test_ogg import PAYLOADS
from tests.support.disks import fill, small_disk

OWN, OTHER = "00000000000000aa", "00000000000000bb"
SPACE, ANA = "space", "ana"

HOLDER = """
import sys, pathlib
from rooms.relay.spool import Spool
Spool(pathlib.Path(sys.argv[1]), sys.argv[2]).open()
print("holds", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def own(tmp_path) -> Spool:
    spool = Spool(tmp_path, OWN)
    spool.open()
    return spool


def part(spool: Spool, started_us: int = 1_000_000, packets: int = 120) -> Part:
    made = Part(spool.folder(SPACE, ANA), started_us)
    for payload in PAYLOADS[:packets]:
        made.add(payload, 960)
    return made


def found(spool: Spool) -> list[Segment]:
    return sorted(spool.finished(), key=lambda segment: segment.started_us)


def is_empty(root: Path, relay: str) -> bool:
    return not (root / relay).exists()


@pytest.fixture
def dead(tmp_path) -> Spool:
    """The folder of a relay that was killed while it wrote one segment and had finished another."""
    spool = Spool(tmp_path, OTHER)
    part(spool).finish()
    part(spool, 5_000_000)
    (tmp_path / OTHER / LOCK).touch()
    return spool


def test_what_is_being_written_is_not_finished(own):
    made = part(own)
    assert found(own) == []
    path = made.finish()
    assert found(own) == [Segment(SPACE, ANA, 1_000_000, 120 * 960, path)]
    assert whole_packets(found(own)[0]) == PAYLOADS[:120]


def test_nobody_else_on_the_machine_reads_it(own, tmp_path):
    assert (tmp_path / OWN).stat().st_mode & 0o777 == 0o700
    assert part(own).finish().stat().st_mode & 0o777 == 0o600


def test_what_is_no_segment_is_passed_over(own):
    folder = own.folder(SPACE, ANA)
    folder.mkdir(parents=True)
    for name in ("1-2.part", "x-2.opus", "1-2-3.opus", "1.opus", "1-2.opus.tmp", "-1-5.opus"):
        (folder / name).touch()
    (folder / "1-2.opus").mkdir()
    assert found(own) == []


def test_a_dead_relays_segments_are_adopted_and_its_folder_goes(own, dead, tmp_path):
    own.adopt()
    whole, torn = found(own)
    assert whole_packets(whole) == PAYLOADS[:120]
    # The second page was not there yet; the first one was.
    assert (torn.started_us, whole_packets(torn)) == (5_000_000, PAYLOADS[:100])
    assert is_empty(tmp_path, OTHER)
    own.adopt()
    assert len(found(own)) == 2


def test_what_a_dead_relay_was_just_handing_on_is_adopted_once(own, dead, tmp_path):
    with pytest.raises(KeyboardInterrupt), dead.lent(next(dead.finished())) as lent:
        assert lent.path.exists()
        raise KeyboardInterrupt
    (segment,) = dead.finished()
    segment.path.with_suffix(LENT).hardlink_to(segment.path)
    own.adopt()
    assert len(found(own)) == 2 and is_empty(tmp_path, OTHER)


def test_a_file_in_which_nothing_is_whole_goes(own, dead, tmp_path):
    folder = dead.folder(SPACE, ANA)
    for number, data in enumerate((b"", b"\0" * 5000, ogg.header(1), ogg.header(1)[:-1])):
        (folder / f"{number}.part").write_bytes(data)
    own.adopt()
    assert len(found(own)) == 2 and is_empty(tmp_path, OTHER)


def test_the_folder_of_a_relay_that_lives_is_left_alone_until_it_is_killed(own, dead, tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path), OTHER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "holds\n"
        own.adopt()
        assert found(own) == [] and len(found(dead)) == 1
        assert len(list(dead.folder(SPACE, ANA).glob("*.part"))) == 1
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        own.adopt()
        assert len(found(own)) == 2 and is_empty(tmp_path, OTHER)
    finally:
        holder.kill()
        holder.communicate()


def test_only_one_of_two_relays_adopts(own, dead, tmp_path):
    third = Spool(tmp_path, "00000000000000cc")
    third.open()
    own.adopt()
    third.adopt()
    assert len(found(own)) == 2 and found(third) == []


def test_killed_while_adopting_nothing_is_lost_or_twice(own, dead, monkeypatch):
    """The first one has been moved, and no more."""
    real, moved = Path.rename, []

    def once(path: Path, target: Path) -> Path:
        if target.suffix == segments.WHOLE and path.suffix == segments.WHOLE:
            if moved:
                raise KeyboardInterrupt
            moved.append(path)
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", once)
        with pytest.raises(KeyboardInterrupt):
            own.adopt()
    assert (len(found(own)), len(found(dead))) == (1, 1)
    own.adopt()
    assert [segment.started_us for segment in found(own)] == [1_000_000, 5_000_000]


def test_nothing_else_that_lies_there_is_touched(own, tmp_path):
    for name in ("lost+found", "backup", "00000000000000AA"):
        (tmp_path / name).mkdir()
    (tmp_path / "00000000000000dd").touch()
    own.adopt()
    assert {path.name for path in tmp_path.iterdir()} >= {
        "lost+found",
        "backup",
        "00000000000000AA",
        "00000000000000dd",
    }
    assert not list((tmp_path / "lost+found").iterdir())


def test_a_relay_that_goes_leaves_an_empty_place_or_what_was_not_kept(own, tmp_path):
    made = part(own)
    path = made.finish()
    own.tidy()
    assert path.exists()
    own.leave()
    assert path.exists(), "for whoever adopts it"
    other = Spool(tmp_path, OTHER)
    other.open()
    other.adopt()
    assert len(found(other)) == 1 and is_empty(tmp_path, OWN)
    found(other)[0].path.unlink()
    other.leave()
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_tidied_away_under_a_writer_is_made_again(own):
    own.folder(SPACE, ANA).mkdir(parents=True)
    own.tidy()
    assert not own.folder(SPACE, ANA).exists()
    part(own).finish()
    assert len(found(own)) == 1


def test_a_file_that_is_mended_on_a_full_disk_needs_no_room(tmp_path):
    with small_disk(tmp_path / "disk", "64k") as disk:
        spool = Spool(disk, OWN)
        spool.open()
        made = part(spool)
        fill(disk)
        with pytest.raises(OSError, match="No space"):
            for payload in PAYLOADS * 4:
                made.add(payload, 960)
        assert made.abandon()
        assert whole_packets(found(spool)[0])[:50] == PAYLOADS[:50]
        spool.leave()
