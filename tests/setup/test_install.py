"""The virtual environment is made once, again when the lock changed, and never believed when it was interrupted."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.setup.installation import HOME


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    """A checkout whose lock asks for nothing, installed."""
    checkout = tmp_path_factory.mktemp("checkout")
    (checkout / "config").mkdir()
    shutil.copy(HOME / "config" / "install.py", checkout / "config")
    (checkout / "requirements.txt").write_text("# nothing\n")
    assert install(checkout).returncode == 0
    return checkout


def install(checkout: Path, **env: str) -> subprocess.CompletedProcess:
    command = [sys.executable, str(checkout / "config" / "install.py"), "requirements.txt"]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=120)


def test_without_venv_debians_package_is_named(tmp_path):
    (tmp_path / "config").mkdir()
    shutil.copy(HOME / "config" / "install.py", tmp_path / "config")
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    (tmp_path / "ensurepip.py").write_text("raise ImportError")
    done = install(tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == "openfloor: python3-venv is missing. Install it: apt-get install python3-venv\n"
    assert not (tmp_path / ".venv").exists()


@pytest.mark.slow
def test_what_is_installed_is_left_alone(finished):
    done = install(finished)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.slow
def test_a_changed_lock_is_installed(finished):
    (finished / "requirements.txt").write_text("# still nothing\n")
    assert "installing requirements.txt" in install(finished).stdout
    assert install(finished).stdout == ""


@pytest.mark.slow
def test_an_interrupted_installation_starts_over(finished):
    (finished / ".venv" / ".unfinished").touch()
    half = finished / ".venv" / "half-written"
    half.touch()
    assert "installing requirements.txt" in install(finished).stdout
    assert not half.exists()
    assert install(finished).stdout == ""


@pytest.mark.slow
def test_what_cannot_be_installed_is_not_believed(finished):
    (finished / "requirements.txt").write_text("no-hash-for-this==1.0\n")
    done = install(finished)
    assert done.returncode == 2
    assert done.stderr.endswith("openfloor: requirements.txt could not be installed; the reason is above. Try again.\n")
    assert install(finished).returncode == 2
