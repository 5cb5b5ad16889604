"""The sound of a replay, fetched by curl from a real server: ranges, resumed downloads, and slow readers."""

import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.setup.installation import HOME, Installation, environment, installed, wait_for

CURL = shutil.which("curl")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not CURL, reason="curl is not installed")]
BIG = 40 * 1024 * 1024


@dataclass(frozen=True)
class Replay:
    address: str
    content: bytes
    path: Path


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with installed("--demo") as running:
        running.until_ready()
        yield running


@pytest.fixture(scope="module")
def replay(installation) -> Replay:
    made = subprocess.run(
        [sys.executable, "-m", "tests.support.replayed", "host", "Gardens: high & dry"],
        env=environment(installation.var),
        cwd=HOME,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    (path,) = (installation.var / "copies/replays").glob("*/*.m4a")
    address = f"{installation.until_ready()}/spaces/{made.stdout.strip()}/replay/audio.m4a"
    return Replay(address, path.read_bytes(), path)


def curl(*arguments: str) -> bytes:
    return subprocess.run([CURL, "-sS", *arguments], stdout=subprocess.PIPE, check=True, timeout=60).stdout


def head(*arguments: str) -> tuple[int, dict[str, str]]:
    """Status and headers, the latter in small letters."""
    lines = curl("-o", os.devnull, "-D", "-", *arguments).decode().splitlines()
    return int(lines[0].split()[1]), dict(re.split(r":\s*", line.lower(), maxsplit=1) for line in lines[1:] if line)


def test_a_range_outside_the_file_is_refused_with_its_size(replay):
    size = len(replay.content)
    status, headers = head("-r", f"{size}-", replay.address)
    assert (status, headers["content-range"]) == (416, f"bytes */{size}")


def test_what_is_no_replay_is_not_found(replay):
    assert head(replay.address.replace("m4a", "wav"))[0] == 404
    assert head(re.sub("spaces/[^/]+", "spaces/2222-2222-2222", replay.address))[0] == 404


def test_the_whole_file_comes_with_its_length_and_what_it_is(replay):
    assert curl(replay.address) == replay.content
    status, headers = head(replay.address)
    assert status == 200
    assert headers["content-length"] == str(len(replay.content))
    assert headers["content-type"] == "audio/mp4"
    assert headers["accept-ranges"] == "bytes"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"
    assert headers["content-disposition"] == 'inline; filename="gardens high & dry.m4a"'
    assert re.fullmatch(r'"[0-9a-f]{32}"', headers["etag"])
    assert head(f"{replay.address}?download")[1]["content-disposition"].startswith("attachment;")


def test_asking_for_the_head_sends_no_byte_of_it(replay):
    status, headers = head("-I", "-r", "0-5", replay.address)
    assert (status, headers["content-length"]) == (200, str(len(replay.content)))
    assert "content-range" not in headers


@pytest.mark.parametrize(
    ("asked", "part"), [("0-9", slice(0, 10)), ("100-", slice(100, None)), ("-7", slice(-7, None))]
)
def test_a_range_is_sent_alone(replay, asked, part):
    assert curl("-r", asked, replay.address) == replay.content[part]
    status, headers = head("-r", asked, replay.address)
    first, end, _ = part.indices(len(replay.content))
    assert status == 206
    assert headers["content-range"] == f"bytes {first}-{end - 1}/{len(replay.content)}"
    assert headers["content-length"] == str(end - first)


def test_a_torn_download_is_resumed_where_it_ended(replay, tmp_path):
    torn = tmp_path / "torn.m4a"
    torn.write_bytes(replay.content[:70_001])
    curl("-C", "-", "-o", str(torn), replay.address)
    assert torn.read_bytes() == replay.content


def test_another_file_is_not_sent_in_the_middle_of_this_one(replay):
    etag = head(replay.address)[1]["etag"]
    assert len(curl("-r", "0-9", "-H", f"If-Range: {etag}", replay.address)) == 10
    assert curl("-r", "0-9", "-H", 'If-Range: "of-another-mix"', replay.address) == replay.content


def test_who_has_it_already_is_told_so(replay):
    etag = head(replay.address)[1]["etag"]
    status, headers = head("-H", f"If-None-Match: {etag}", replay.address)
    assert (status, headers["etag"]) == (304, etag)
    assert head("-H", 'If-Match: "of-another-mix"', replay.address)[0] == 412


def test_people_who_read_slowly_keep_nothing_in_the_servers_memory(installation, replay):
    """Forty of them, each with forty megabytes to come."""
    with replay.path.open("ab") as file:
        file.truncate(BIG)
    set_size(installation, BIG)
    (web,) = [pid for pid, line in installation.processes().items() if "daphne" in line]
    before = memory(web)
    slow = [ask(replay.address) for _ in range(40)]
    try:
        for line in slow:
            assert line.recv(20).startswith(b"HTTP/1.1 200")
        # Everybody else is answered meanwhile, and one who reads fast has all of it.
        assert hashlib.sha256(curl(replay.address)).digest() == hashlib.sha256(replay.path.read_bytes()).digest()
        assert memory(web) - before < 2 * BIG
        assert open_files(web, replay.path) >= len(slow)
    finally:
        for line in slow:
            line.close()
    wait_for(lambda: open_files(web, replay.path) == 0, 20)
    assert open_files(web, replay.path) == 0


def ask(address: str) -> socket.socket:
    host, port, path = re.search(r"//([^:/]+):(\d+)(/.*)", address).groups()
    line = socket.create_connection((host, int(port)), timeout=30)
    line.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    return line


def memory(pid: int) -> int:
    """Bytes that are its own."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) * 1024


def open_files(pid: int, path: Path) -> int:
    """How often it has that file open; what it closes meanwhile does not count."""
    found = 0
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found += os.readlink(each) == str(path)
    return found


def set_size(installation: Installation, size: int) -> None:
    code = f"from recordings.models import Replay; Replay.objects.update(m4a_bytes={size})"
    shell = [sys.executable, "manage.py", "shell", "-v0", "-c", code]
    subprocess.run(shell, env=environment(installation.var), cwd=HOME, check=True)
