"""A body larger than this server takes is refused while it arrives, before it lies on a disk."""

import re
import socket
from collections.abc import Iterator

import pytest

from tests.setup.installation import Installation, installed

LIMIT = 1024 * 1024
AVATAR = 512 * 1024


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with installed(BODY_MAX_BYTES=str(LIMIT), AVATAR_MAX_BYTES=str(AVATAR)) as running:
        running.until_ready()
        yield running


@pytest.fixture
def line(installation) -> Iterator[socket.socket]:
    host, port = re.search(r"//([^:/]+):(\d+)", installation.until_ready()).groups()
    with socket.create_connection((host, int(port)), timeout=30) as line:
        yield line


def head(*fields: str) -> bytes:
    lines = ["POST /me/avatar/ HTTP/1.1", "Host: localhost", "Content-Type: image/png", *fields]
    return "\r\n".join([*lines, "", ""]).encode()


def answer(line: socket.socket) -> bytes:
    """All of it, up to where the server hangs up."""
    parts = []
    while part := line.recv(65536):
        parts.append(part)
    return b"".join(parts)


def test_a_hundred_megabytes_are_refused_before_the_first_byte_of_them(line):
    line.sendall(head(f"Content-Length: {100 * 1024 * 1024}"))
    first = line.recv(65536)
    assert first.startswith(b"HTTP/1.1 413 ") and b"Choose something smaller." in first


def test_who_goes_on_sending_is_cut_off(line):
    line.sendall(head(f"Content-Length: {100 * 1024 * 1024}"))
    sent = 0
    with pytest.raises(OSError):
        while sent < 100 * 1024 * 1024:
            sent += line.send(b"x" * 65536)
    # What lies in buffers on the way comes on top.
    assert sent < 40 * LIMIT


def test_a_stream_without_a_length_is_refused_once_it_is_too_long(line):
    line.sendall(head("Transfer-Encoding: chunked"))
    for _ in range(LIMIT // 65536 + 1):
        line.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")
    line.sendall(b"0\r\n\r\n")
    assert answer(line).startswith(b"HTTP/1.1 413 ")


def test_a_little_too_much_is_answered_after_all_of_it_was_sent(line):
    line.sendall(head(f"Content-Length: {LIMIT + 1}"))
    line.sendall(b"x" * (LIMIT + 1))
    assert answer(line).startswith(b"HTTP/1.1 413 ")


def test_what_fits_reaches_the_application(line):
    line.sendall(head(f"Content-Length: {LIMIT}", "Connection: close") + b"x" * LIMIT)
    assert answer(line).startswith(b"HTTP/1.1 403 ")
