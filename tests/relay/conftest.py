"""A relay in this process, on loopback, with real Redis and real WHIP and WHEP clients around it."""

import gc
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from config.place import redis_server
from rooms import redis
from rooms.relay import garbage
from rooms.relay.fanout import Fanout
from rooms.relay.port import Port
from tests.relay.stage import Stage
from tests.relay.wire import Browser, has_ipv6


class OwnRedis:
    """A server that a test may kill without taking it from the others."""

    def __init__(self, directory: Path) -> None:
        self.socket = directory / "redis.sock"
        self.start()

    def start(self) -> None:
        command = [
            redis_server(),
            "--port",
            "0",
            "--unixsocket",
            self.socket,
            "--save",
            "",
            "--dir",
            self.socket.parent,
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def answers(self) -> bool:
        try:
            return redis.client().ping()
        except RedisError:
            return False

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def own_redis(settings) -> Iterator[OwnRedis]:
    """Named before `stage`, it is what the relay and its clients talk to."""
    with tempfile.TemporaryDirectory(prefix="openfloor-") as directory:
        server = OwnRedis(Path(directory))
        settings.REDIS_URL = f"unix://{server.socket}"
        redis.client.cache_clear()
        yield server
        server.kill()
    redis.client.cache_clear()


@pytest.fixture
def spared() -> Iterator[None]:
    """As runrelay begins: what is there before is left out of every collection, of which each would be a stall here."""
    before = gc.get_threshold()
    garbage.spare_the_sound()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


@pytest.fixture
async def stage(request) -> AsyncIterator[Stage]:
    """A live Space carried by `stage.worker`; an indirect parameter overrides options of the Worker."""
    stage = Stage()
    await stage.start(**getattr(request, "param", {}))
    yield stage
    await stage.close()
    await stage.drain()


@pytest.fixture(params=["sendmmsg", "one by one"])
async def port(request) -> AsyncIterator[Port]:
    opened = Port("127.0.0.1,::1" if has_ipv6() else "127.0.0.1", batches=request.param == "sendmmsg")
    assert opened.can_batch == (request.param == "sendmmsg"), "this machine has no sendmmsg"
    yield opened
    opened.close()


@pytest.fixture
def fanout(port) -> Fanout:
    return Fanout(port)


@pytest.fixture
def browsers() -> Iterator[Callable[..., list[Browser]]]:
    """Makes the browsers of listeners: browsers(3, levels_id=5)."""
    made: list[Browser] = []

    def make(count: int = 1, **kwargs) -> list[Browser]:
        new = [Browser(**kwargs) for _ in range(count)]
        made.extend(new)
        return new

    yield make
    for each in made:
        each.close()
