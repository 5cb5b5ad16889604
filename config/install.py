"""Makes .venv from the hash-locked requirements; run by the Makefile with the system's Python, before anything of ours.

Standard library only and no new syntax, so that a Python that is too old gets the sentence that says so.
"""

import hashlib
import os
import shutil
import subprocess
import sys

HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(HOME, ".venv")
PYTHON = os.path.join(VENV, "bin", "python")
# There while something is being installed: a venv that has it was interrupted and is made anew.
UNFINISHED = os.path.join(VENV, ".unfinished")
OLDEST = (3, 11)


def main(locks):
    """Install each lock file whose stamp is missing or stale. Returns the exit code."""
    wanted = [lock for lock in locks if _stamped(lock) != _digest(lock)]
    if not wanted and os.path.exists(PYTHON) and not os.path.exists(UNFINISHED):
        return 0
    if sys.version_info < OLDEST:
        return _refuse(f"Openfloor needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {sys.version.split()[0]}.")
    fresh = os.path.exists(UNFINISHED) or not os.path.exists(PYTHON)
    if fresh:
        try:
            import ensurepip  # noqa: F401
            import venv
        except ImportError:
            return _refuse("python3-venv is missing. Install it: apt-get install python3-venv")
        try:
            _make_venv(venv)
        except (OSError, subprocess.CalledProcessError) as error:
            return _refuse(f"{VENV} could not be made: {error}")
        wanted = locks
    open(UNFINISHED, "w").close()
    for lock in wanted:
        print(f"openfloor: installing {os.path.basename(lock)} (once; about a minute)", flush=True)
        command = [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-input"]
        if subprocess.call([*command, "--require-hashes", "-r", lock]) != 0:  # noqa: S603
            return _refuse(f"{os.path.basename(lock)} could not be installed; the reason is above. Try again.")
    for lock in wanted:
        with open(_stamp(lock), "w") as file:
            file.write(_digest(lock))
    os.remove(UNFINISHED)
    return 0


def _make_venv(venv):
    # Interrupted anywhere, this leaves no python or the mark, so that the next run starts over.
    if os.path.lexists(PYTHON):
        os.remove(PYTHON)
    shutil.rmtree(VENV, ignore_errors=True)
    os.makedirs(VENV)
    open(UNFINISHED, "w").close()
    venv.EnvBuilder(with_pip=True, symlinks=True).create(VENV)


def _stamp(lock):
    return os.path.join(VENV, f".{os.path.basename(lock)}.sha256")


def _stamped(lock):
    try:
        with open(_stamp(lock)) as file:
            return file.read()
    except OSError:
        return ""


def _digest(lock):
    with open(lock, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def _refuse(sentence):
    print("openfloor: " + sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main([os.path.join(HOME, name) for name in sys.argv[1:]]))
