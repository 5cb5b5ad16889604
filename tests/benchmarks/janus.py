"""The rival of the benchmark: Debian's Janus with a configuration of its own, reached over a unix socket alone."""

import asyncio
import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.house import launch, stopping
from tests.benchmarks.places import Place
from tests.benchmarks.signalling import Janus

PLUGINS = {"audiobridge", "streaming"}
FORWARD_PORT = 5102
STARTS = 10
STARTED = "Unix Sockets transport plugin initialized"

MAIN = """
general: {{
    configs_folder = "{home}"
    plugins_folder = "{libraries}/plugins"
    transports_folder = "{libraries}/transports"
    debug_level = 4
    session_timeout = 0
    event_loops = {event_loops}
}}
media: {{ }}
nat: {{ ice_enforce_list = "{address}" }}
plugins: {{ disable = "{plugins}" }}
transports: {{ disable = "{transports}" }}
"""
SOCKET = """
general: {{ enabled = true json = "compact" path = "{path}" type = "SOCK_SEQPACKET" }}
admin: {{ admin_enabled = false }}
"""


def version() -> str | None:
    """None when Janus is not installed."""
    if shutil.which("janus") is None or _libraries() is None:
        return None
    said = subprocess.run(["janus", "--help"], capture_output=True, text=True).stdout
    return re.search(r"\(([\d.]+)\)", said)[1]


@contextlib.contextmanager
def running(
    place: Place, home: Path, *, streaming: bool, event_loops: int = 0, prebuffering: int = 6
) -> Iterator[tuple[int, str]]:
    """A Janus with one AudioBridge room, and a Streaming mountpoint fed by it: (process id, path of its socket).

    `event_loops` 0 is Janus's own choice, a thread per connection; `prebuffering` counts packets of each speaker.
    """
    home.mkdir()
    path, libraries = home / "janus.sock", _libraries()
    unused = {
        kind: ",".join(
            sorted(file.name for file in (libraries / kind).glob("*.so") if file.stem.split("_")[1] not in wanted)
        )
        for kind, wanted in (("plugins", PLUGINS), ("transports", {"pfunix"}))
    }
    (home / "janus.jcfg").write_text(
        MAIN.format(home=home, libraries=libraries, address=place.address, event_loops=event_loops, **unused)
    )
    (home / "janus.transport.pfunix.jcfg").write_text(SOCKET.format(path=path))
    with _process(place, home, path) as process:
        asyncio.run(_furnish(str(path), streaming, prebuffering))
        yield process.pid, str(path)


@contextlib.contextmanager
def _process(place: Place, home: Path, path: Path) -> Iterator[subprocess.Popen]:
    log = home / "log"
    for _ in range(STARTS):
        with log.open("w") as said:
            process = launch(
                "janus", "--configs-folder", str(home), prefix=place.prefix, cpu=place.cpu, stdout=said, stderr=said
            )
        with stopping(process):
            # Its socket's thread may run before the flag that keeps it running is set; Janus then gives up.
            while process.poll() is None and STARTED not in log.read_text():
                time.sleep(0.05)
            time.sleep(0.5)
            if process.poll() is None and path.exists():
                yield process
                return
    raise RuntimeError(f"Janus did not start:\n{log.read_text()[-4000:]}")


async def _furnish(path: str, streaming: bool, prebuffering: int) -> None:
    janus = await Janus.connect(path)
    await janus.make_room(prebuffering)
    if streaming:
        await janus.make_mountpoint(FORWARD_PORT)
    await janus.close()


def _libraries() -> Path | None:
    return next((path for path in Path("/usr/lib").glob("*/janus") if (path / "plugins").is_dir()), None)
