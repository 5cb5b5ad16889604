"""The one server every test process talks to: the bundled Valkey, or the program that TESTS_REDIS_SERVER names, on a
private unix socket. Used by tests/conftest.py only.

Must run before Django reads its settings, so it touches none.
"""

import atexit
import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

import redis

from config.place import redis_server

_STARTED_HERE = "OPENFLOOR_TESTS_REDIS"
_PR_SET_PDEATHSIG = 1
_START_SECONDS = 10


def provide(directory: Path) -> str:
    """Return the address tests use: the REDIS_URL somebody gave, else that of a server started under `directory`."""
    given = os.environ.get("REDIS_URL")
    # A pytest-xdist worker inherits its controller's address, and needs a server of its own all the same.
    if given and given != os.environ.get(_STARTED_HERE):
        _borrow(given)
        return given
    url = _start(directory)
    os.environ["REDIS_URL"] = os.environ[_STARTED_HERE] = url
    return url


def forget(url: str, pattern: str) -> None:
    """Delete the keys that match, and no others: processes under test keep theirs."""
    with redis.Redis.from_url(url) as client:
        if keys := list(client.scan_iter(match=pattern, count=1000)):
            client.delete(*keys)


def _borrow(url: str) -> None:
    """Use somebody's server only if nothing is in it, and leave it like that."""
    with redis.Redis.from_url(url) as client:
        if client.dbsize():
            raise SystemExit(f"tests need a Redis database of their own: {url} is not empty")
    atexit.register(_empty, url)


def _empty(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushdb()


def _start(directory: Path) -> str:
    socket = directory / "redis.sock"
    server = subprocess.Popen(
        [
            os.environ.get("TESTS_REDIS_SERVER") or redis_server(),
            "--port",
            "0",
            "--unixsocket",
            socket,
            "--unixsocketperm",
            "700",
            "--save",
            "",
            "--dir",
            directory,
        ],
        stdout=subprocess.DEVNULL,
        preexec_fn=_die_with_the_tests,
    )
    url = f"unix://{socket}"
    deadline = time.monotonic() + _START_SECONDS
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
                return url
            except redis.ConnectionError:
                if server.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)


def _die_with_the_tests() -> None:
    # The kernel ends the server even when the tests are killed (prctl(2), Linux only).
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
