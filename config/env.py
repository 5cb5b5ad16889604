"""Reads the environment for settings and the supervisor; knows nothing of Django apps."""

import hashlib
import os
import secrets
import tempfile
from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent
# sun_path holds 108 bytes on Linux, the closing NUL included (unix(7)).
UNIX_SOCKET_PATH_MAX = 107


class Misconfigured(Exception):
    """The environment cannot be served as it is; the message is the one line an operator gets (exit code 2)."""


def read() -> environ.Env:
    return environ.Env()


def var_dir(env: environ.Env) -> Path:
    """Where everything this installation writes lives: database, socket, media, mail, generated keys."""
    return Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()


def redis_socket(var: Path) -> Path:
    """The embedded server's socket: inside VAR_DIR, or in a private directory when that path is too long to bind."""
    socket = var / "redis.sock"
    if len(os.fsencode(socket)) <= UNIX_SOCKET_PATH_MAX:
        return socket
    digest = hashlib.sha256(os.fsencode(var)).hexdigest()[:16]
    runtime = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(runtime) / f"openfloor-{os.getuid()}-{digest}" / "redis.sock"


def generated_key(path: Path, size: int = 50) -> str:
    """A secret of so many random bytes, base64url, made on first use and kept (mode 0600), so that sessions and tokens
    survive a restart."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(size))
    try:
        # Several processes start at once on a fresh machine: the first link wins and all read the same key.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()
