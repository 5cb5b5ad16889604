"""Runs everything, as `make test` and .ci/run do: the fast lane on all cores, then what is about time and processes,
then the browsers, then those in which quality is measured: never two lanes beside each other.

The last in a process of its own, because Playwright's event loop and pytest-asyncio's spoil each other in one.
Arguments go to pytest in all lanes (`-m long`). Installs what Debian has and tests need; where a browser cannot be had
it says so and skips that lane, which is a failure when CI=true.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from ctypes.util import find_library

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# What busy tests beside it would disturb: a media clock, whole installations. It waits more than it works.
CALM = ("tests/relay", "tests/setup")
# Journeys in which it is measured how well people are heard.
HEARD = ("bad_networks", "test_a_conversation.py", "test_browsing.py")
# pytest's exit code where a lane has no test of the kind that was asked for.
NOTHING_TO_RUN = 5
PACKAGES = {"chromium": BROWSERS, "espeak-ng": ("espeak-ng",)}
# What the driver of the browsers is linked with, and a small Debian does not have.
LIBRARIES = {"libatomic1": "atomic"}


def main() -> int:
    missing = [package for package, programs in PACKAGES.items() if not _found(programs)]
    missing += [package for package, library in LIBRARIES.items() if find_library(library) is None]
    if missing:
        _install(missing)
    failed = [name for name, command in _lanes() if not _passes(name, command)]
    if not _found(BROWSERS) or not _found(PACKAGES["espeak-ng"]):
        _shout("NO BROWSER TESTS WERE RUN: Chromium or espeak-ng is missing. apt-get install chromium espeak-ng")
        if os.environ.get("CI") == "true":
            failed.append("browser")
    if failed:
        _shout(f"FAILED: {' and '.join(failed)} lane")
    return 1 if failed else 0


def _lanes() -> list[tuple[str, list[str]]]:
    lanes = [
        ("fast", ["tests", *_without(CALM), "--numprocesses=auto", "--dist=worksteal"]),
        ("sound", [*CALM, *_together(3)]),
    ]
    if all(_found(programs) for programs in PACKAGES.values()):
        heard = [f"tests/journeys/{name}" for name in HEARD]
        lanes.append(("browser", ["tests/journeys", *_without(heard), *_together(2)]))
        lanes.append(("listening", heard))
    return lanes


def _without(paths: Sequence[str]) -> list[str]:
    return [f"--ignore={path}" for path in paths]


def _together(processes: int) -> list[str]:
    """What stands in one file shares one installation."""
    return [f"--numprocesses={processes}", "--dist=loadfile"]


def _passes(name: str, arguments: list[str]) -> bool:
    print(f"== {name} lane", flush=True)
    began = time.monotonic()
    code = subprocess.call([sys.executable, "-m", "pytest", *arguments, *sys.argv[1:]])
    if code == NOTHING_TO_RUN:
        code = 0
    print(f"== {name} lane: {'passed' if code == 0 else 'failed'} in {time.monotonic() - began:.0f} s", flush=True)
    return code == 0


def _found(programs: tuple[str, ...]) -> bool:
    return any(shutil.which(program) for program in programs)


def _install(packages: list[str]) -> None:
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        _shout(f"{' and '.join(packages)} missing and not installed: that takes root and apt-get.")
        return
    print(f"== installing {' and '.join(packages)} from Debian", flush=True)
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
        if subprocess.call(["apt-get", "-qq", *command], env=env, **quiet):
            _shout(f"apt-get {command[0]} failed")


def _shout(sentence: str) -> None:
    print(f"\n{'!' * 78}\n!! {sentence}\n{'!' * 78}\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
