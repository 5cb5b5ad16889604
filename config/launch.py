"""The processes of one installation and the order in which they start. Called by `manage.py up`; knows no rooms.

Order matters twice: nothing starts before the tables and Redis are there, and Redis outlives all who write to it.
"""

import asyncio
import contextlib
import json
import ssl
import sys
from pathlib import Path
from urllib.parse import urlsplit

import redis
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor

from config import place as places
from config import tls as certificates
from config.env import Misconfigured
from config.place import Place
from config.supervisor import Part, Supervisor, say
from rooms.relay.protocol import HEARTBEAT_PATTERN

# Between two looks at something that is coming up (s), and how long Redis may take.
LOOK = 0.02
REDIS_SECONDS = 10
BOTS, WEB, WORKER, RELAY, REDIS = range(5)
# Bytes in a message of a socket. Daphne holds what it sends to it as well, and a host's panel has every raised hand;
# a client, which has nothing to say, may use no more than a frame at a time.
MESSAGE_MAX, FRAME_MAX = 4 * 1024 * 1024, 16 * 1024
MANAGE = (sys.executable, str(places.BASE_DIR / "manage.py"))


async def run(place: Place, *, demo: bool) -> None:
    """Start, say so when people can come in, and run until somebody asks to stop."""
    supervisor = Supervisor(place.env)
    supervisor.obey_signals()
    try:
        if await supervisor.unless_stopped(_come_up(supervisor, place, demo=demo)):
            supervisor.ready = True
            _welcome(place, demo=demo)
            await supervisor.stopping.wait()
    finally:
        place.listener.close()
        await supervisor.stop()
        _tidy()


async def _come_up(supervisor: Supervisor, place: Place, *, demo: bool) -> None:
    if places.embedded_redis():
        supervisor.start(_redis())
    await asyncio.gather(_redis_answers(), sync_to_async(_prepare_files_and_tables, thread_sensitive=False)())
    supervisor.start(_web(place))
    supervisor.start(Part("relay", [*MANAGE, "runrelay"], RELAY))
    if demo:
        await sync_to_async(_seed, thread_sensitive=False)()
        supervisor.start(_voices(place))
    await _ready(place)
    # Nobody waits for these: they leave the processor to the parts that let people in.
    for part in _workers():
        supervisor.start(part)


def _redis() -> Part:
    socket = places.environment.redis_socket(settings.VAR_DIR)
    if socket.parent != settings.VAR_DIR:
        places.private_directory(socket.parent)
    options = {"port": 0, "unixsocket": socket, "unixsocketperm": 700, "save": "", "appendonly": "no"}
    # A file, because its warnings are about the machine and its farewell is not news.
    options |= {"dir": settings.VAR_DIR, "logfile": "redis.log", "loglevel": "warning"}
    command = [str(word) for key, value in options.items() for word in (f"--{key}", value)]
    return Part("redis", [places.redis_server(), *command], REDIS)


def _web(place: Place) -> Part:
    limits = ["--ping-interval", "10", "--ping-timeout", "15", "--websocket_timeout", "14400"]
    limits += ["--websocket-max-message-size", str(MESSAGE_MAX), "--websocket-max-frame-size", str(FRAME_MAX)]
    command = [sys.executable, "-m", "daphne", "-v", "0", "--no-server-name", "--application-close-timeout", "5"]
    fds = () if place.endpoint[0] != "--fd" else (place.listener.fileno(),)
    return Part("web", [*command, *limits, *place.endpoint, "config.asgi:application"], WEB, pass_fds=fds)


def _voices(place: Place) -> Part:
    # The certificate of --tls is signed by nobody else; OpenSSL reads this name when it starts.
    trust = {"SSL_CERT_FILE": str(certificates.paths(settings.VAR_DIR)[1])} if place.url.startswith("https:") else {}
    return Part("voices", [*MANAGE, "rundemo", place.url], BOTS, env=trust)


def _workers() -> list[Part]:
    """Beat is a process of its own: inside the worker it would be a grandchild, which outlives a killed parent."""
    celery = [sys.executable, "-W", "ignore", "-m", "celery", "-q", "--skip-checks", "-A", "config"]
    worker = ["worker", "--pool", "threads", "-c", "4", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    beat = ["beat", "--schedule", str(settings.VAR_DIR / "beat" / "schedule"), "--pidfile", ""]
    (settings.VAR_DIR / "beat").mkdir(exist_ok=True)
    level = ["--loglevel", "WARNING"]
    return [Part("worker", [*celery, *worker, *level], WORKER), Part("beat", [*celery, *beat, *level], WORKER)]


async def _redis_answers() -> None:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + REDIS_SECONDS
    async with _client() as client:
        while True:
            try:
                await client.ping()
                return
            except redis.RedisError as error:
                if not places.embedded_redis():
                    raise Misconfigured(f"REDIS_URL does not answer: {error}") from error
                if loop.time() > deadline:
                    raise Misconfigured(f"The embedded Redis does not answer on its socket: {error}") from error
            await asyncio.sleep(LOOK)


def _client() -> redis.asyncio.Redis:
    return redis.asyncio.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def _prepare_files_and_tables() -> None:
    try:
        executor = MigrationExecutor(connection)
        # Asking is ten times quicker than migrating nothing.
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            call_command("migrate", interactive=False, verbosity=0)
    except DatabaseError as error:
        raise Misconfigured(f"The database does not answer: {str(error).splitlines()[0]}") from error
    finally:
        connections.close_all()
    if not settings.DEBUG:
        call_command("collectstatic", interactive=False, verbosity=0)


def _seed() -> None:
    try:
        call_command("seeddemo")
    finally:
        connections.close_all()


async def _ready(place: Place) -> None:
    # The relay's own word first: asking /readyz before it would only fill the log with its refusals.
    async with _client() as bus:
        while not [key async for key in bus.scan_iter(match=HEARTBEAT_PATTERN)]:  # noqa: ASYNC110
            await asyncio.sleep(LOOK)
    while not await _answers(place):  # noqa: ASYNC110  (nothing tells us but asking)
        await asyncio.sleep(LOOK)


async def _answers(place: Place) -> bool:
    """Whether /readyz, at the very address people use, finds every part at work. A full server is up as well."""
    url = urlsplit(place.url)
    host = url.netloc if settings.DEBUG else settings.ALLOWED_HOSTS[0].removeprefix(".")
    encrypted = _unverified() if url.scheme == "https" else None
    try:
        reader, writer = await asyncio.open_connection(url.hostname, url.port, ssl=encrypted)
    except OSError:
        return False
    try:
        lines = ["GET /readyz HTTP/1.0", f"Host: {host}", "X-Forwarded-Proto: https", "", ""]
        writer.write("\r\n".join(lines).encode())
        said = json.loads((await reader.read()).partition(b"\r\n\r\n")[2])
        return said["ready"] or said["full"]
    except (OSError, ValueError):
        return False
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _unverified() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _welcome(place: Place, *, demo: bool) -> None:
    say(f"Openfloor is ready at {place.url}")
    if demo:
        say(f"Listen to the demo at {place.url}/spaces/demo/ (host, cohost, speaker, listener, staff: openfloor-demo)")
    if place.url.startswith("http:") and urlsplit(place.url).hostname not in ("localhost", "127.0.0.1", "::1"):
        say("Other machines can listen but not speak: browsers give a microphone to https pages only. Add --tls.")


def _tidy() -> None:
    socket: Path = places.environment.redis_socket(settings.VAR_DIR)
    if socket.parent != settings.VAR_DIR:
        with contextlib.suppress(OSError):
            socket.unlink(missing_ok=True)
            socket.parent.rmdir()
