"""Replays behind nginx: Django says who may hear them, nginx sends the bytes (X-Accel-Redirect)."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as configured
from django.test.utils import override_settings

from tests.setup.installation import wait_for
from tests.support import episodes
from tests.support.episodes import SOUND

NGINX = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
CURL = shutil.which("curl")
pytestmark = pytest.mark.skipif(not (NGINX and CURL), reason="nginx or curl is not installed")
# As README has it, but for who it runs as and where.
CONFIGURATION = """
daemon off; master_process off; pid {home}/pid; error_log {home}/error;
events {{}}
http {{
  access_log off;
  client_body_temp_path {home}/body; proxy_temp_path {home}/proxy; fastcgi_temp_path {home}/fastcgi;
  uwsgi_temp_path {home}/uwsgi; scgi_temp_path {home}/scgi;
  server {{
    listen unix:{home}/socket;
    location / {{ proxy_pass {site}; proxy_set_header Host localhost; }}
    location /copies/ {{ internal; alias {copies}/; add_header X-Content-Type-Options nosniff always; }}
  }}
}}
"""


@pytest.fixture
def socket(live_server, tmp_path) -> Iterator[Path]:
    """That of nginx before a server of ours."""
    copies = configured.STORAGES["copies"]["OPTIONS"]["location"]
    (tmp_path / "conf").write_text(CONFIGURATION.format(home=tmp_path, site=live_server.url, copies=copies))
    with override_settings(MEDIA_ACCEL_PREFIX="/copies/"):
        running = subprocess.Popen([NGINX, "-c", tmp_path / "conf", "-e", tmp_path / "error"])
        wait_for((tmp_path / "socket").exists, 10)
        yield tmp_path / "socket"
        running.terminate()
        running.wait(10)


def curl(socket: Path, path: str, *arguments: str) -> bytes:
    command = [CURL, "-sS", "--unix-socket", socket, *arguments, f"http://localhost{path}"]
    return subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=30).stdout


def test_nginx_sends_what_django_allows_and_nothing_else(socket):
    replay = episodes.episode()
    address = f"{replay.get_absolute_url()}audio.m4a"
    assert curl(socket, address) == SOUND["m4a"]
    assert curl(socket, address, "-r", "2-4") == SOUND["m4a"][2:5]
    head = curl(socket, address, "-o", os.devnull, "-D", "-", "-r", "5-").decode().lower()
    assert " 206 " in head and "content-type: audio/mp4" in head and "cache-control: no-cache" in head
    assert "x-accel-redirect" not in head
    assert "nosniff" in head
    assert " 416 " in curl(socket, address, "-o", os.devnull, "-D", "-", "-r", "5000-").decode()
    # Nobody comes past Django.
    assert b"404 Not Found" in curl(socket, f"/copies/{replay.m4a}")
    type(replay).objects.update(state="waiting")
    assert " 404 " in curl(socket, address, "-o", os.devnull, "-D", "-").decode()
