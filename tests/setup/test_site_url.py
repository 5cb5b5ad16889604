"""What mails link to in production: an address of its own, or what the host names and TLS say."""

import subprocess
import sys

import pytest

from tests.setup.installation import HOME, environment

PRODUCTION = {"DEBUG": "0", "SECRET_KEY": "s" * 50, "ALLOWED_HOSTS": ".example.org,other.example"}


@pytest.mark.parametrize(
    ("env", "site"),
    [
        ({}, "https://example.org"),
        ({"TLS": "0"}, "http://example.org"),
        ({"SITE_URL": "https://rooms.example.org/"}, "https://rooms.example.org"),
    ],
)
def test_the_site_is_what_the_operator_said(var, env, site):
    done = subprocess.run(
        [sys.executable, "-c", "from config import settings; print(settings.SITE_URL)"],
        cwd=HOME,
        env=environment(var, **PRODUCTION, **env),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == f"{site}\n", done.stderr
