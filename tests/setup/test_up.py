"""One command starts everything, says so when people can come in, and leaves nothing behind."""

import json
import os
import signal
import ssl
import urllib.request
from pathlib import Path

import pytest

from tests.setup.installation import STOPPED_WITHIN, wait_for


def get(url: str) -> tuple[int, bytes]:
    # The certificate of --tls is signed by itself.
    with urllib.request.urlopen(url, timeout=10, context=ssl._create_unverified_context()) as response:
        return response.status, response.read()


def test_it_says_once_that_it_is_ready_when_people_can_come_in(up):
    installation = up()
    url = installation.until_ready()
    status, body = get(f"{url}/readyz")
    assert status == 200
    assert {"ready": True, "database": True, "redis": True, "relay": True}.items() <= json.loads(body).items()
    assert get(f"{url}/healthz") == (200, b"ok\n")
    installation.process.send_signal(signal.SIGTERM)
    assert installation.wait() == 0
    assert installation.output.count("Openfloor is ready at") == 1
    assert installation.processes() == {}


@pytest.mark.slow
def test_mails_link_to_the_address_it_announced(up):
    installation = up()
    url = installation.until_ready()
    wait_for(lambda: "celery" in str(installation.processes()), STOPPED_WITHIN)
    worker = next(pid for pid, command in installation.processes().items() if "celery" in command)
    assert f"\0SITE_URL={url}\0".encode() in Path(f"/proc/{worker}/environ").read_bytes()


@pytest.mark.slow
def test_killing_the_supervisor_leaves_no_process(up):
    installation = up()
    installation.until_ready()
    wait_for(lambda: "celery" in str(installation.processes()), STOPPED_WITHIN)
    installation.process.send_signal(signal.SIGKILL)
    installation.wait()
    wait_for(lambda: not installation.processes(), STOPPED_WITHIN)
    assert installation.processes() == {}


def test_stopping_while_it_comes_up_leaves_no_process(up):
    installation = up()
    wait_for(lambda: len(installation.processes()) > 1, STOPPED_WITHIN)
    installation.process.send_signal(signal.SIGINT)
    assert installation.wait() == 0
    assert installation.processes() == {}


def test_a_part_that_dies_comes_back(up):
    installation = up()
    url = installation.until_ready()
    web = next(pid for pid, command in installation.processes().items() if "daphne" in command)
    os.kill(web, signal.SIGKILL)
    # The supervisor holds the listening socket: this waits for the new process and is not refused.
    assert get(f"{url}/healthz") == (200, b"ok\n")
    assert "openfloor: web ended (SIGKILL); starting it again in 0.5 s" in installation.output


@pytest.mark.slow
def test_a_path_too_long_for_a_socket_still_works(up, var):
    deep = var / ("long" * 20) / ("path" * 20)
    installation = up(at=deep)
    assert get(f"{installation.until_ready()}/readyz")[0] == 200
    installation.process.send_signal(signal.SIGTERM)
    assert installation.wait() == 0
    runtime = Path(os.environ.get("TMPDIR", "/tmp"))
    assert not [path for path in runtime.glob(f"openfloor-{os.getuid()}-*") if (path / "redis.sock").exists()]


@pytest.mark.slow
def test_a_second_one_in_the_same_directory_is_refused(up):
    up().until_ready()
    second = up()
    assert second.wait() == 2
    assert second.output == f"openfloor: Openfloor is already running in {second.var}; stop it or set VAR_DIR.\n"


@pytest.mark.slow
def test_tls_and_a_network_address(up):
    """Browsers on other machines get the sound from the address that they got the page from, by https."""
    installation = up("--tls", "--host", "0.0.0.0")
    url = installation.until_ready()
    assert url.startswith("https://")
    assert get(f"{url}/readyz")[0] == 200
    key = installation.var / "tls" / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600
