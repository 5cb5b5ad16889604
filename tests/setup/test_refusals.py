"""What cannot be served gets one clear line and exit code 2, before anything is started."""

import socket
import subprocess
import sys

import pytest

from tests.setup.installation import HOME, environment


def refused(var, *command: str, **env: str) -> str:
    """The one line it says. Fails when it says more, or exits with anything but 2."""
    done = subprocess.run(
        [sys.executable, str(HOME / "manage.py"), *command],
        env=environment(var, **env),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    line, end, rest = done.stderr.partition("\n")
    assert (end, rest) == ("\n", ""), done.stderr
    return line


def test_a_busy_port_is_named(var):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        line = refused(var, "up", "--port", str(port))
    assert line == (
        f"openfloor: Port {port} on 127.0.0.1 is in use; stop the other program or choose another with --port."
    )


def test_the_port_may_come_from_the_environment(var):
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        assert f"Port {port} on 127.0.0.1 is in use" in refused(var, "up", PORT=port)


@pytest.mark.parametrize("port", ["web", "-1", "70000", "8000.5"])
def test_a_port_that_is_no_port_is_named(var, port):
    assert refused(var, "up", PORT=port) == f"openfloor: {port} is not a port number."


def test_a_host_that_is_not_this_machine_is_named(var):
    assert refused(var, "up", "--port", "0", "--host", "198.51.100.7") == (
        "openfloor: 198.51.100.7 is not an address of this machine."
    )


def test_a_var_dir_that_cannot_be_written_is_named(var):
    (var / "file").write_text("not a directory")
    line = refused(var / "file" / "below", "up", "--port", "0")
    assert line == f"openfloor: VAR_DIR {var / 'file' / 'below'} cannot be written: Not a directory."


def test_production_without_a_secret_key_is_refused(var):
    assert "DEBUG=0 needs SECRET_KEY" in refused(var, "up", "--port", "0", DEBUG="0")


def test_production_without_allowed_hosts_is_refused(var):
    assert "DEBUG=0 needs ALLOWED_HOSTS" in refused(var, "up", "--port", "0", DEBUG="0", SECRET_KEY="s" * 50)


@pytest.mark.parametrize("site", ["rooms.example.org", "ftp://rooms.example.org", "/"])
def test_a_site_that_is_no_address_is_named(var, site):
    line = refused(var, "up", "--port", "0", SITE_URL=site)
    assert line == "openfloor: SITE_URL must be the address people use, such as https://rooms.example.org."


@pytest.mark.parametrize("command", [("up", "--port", "0", "--demo"), ("seeddemo",), ("rundemo", "http://127.0.0.1:1")])
def test_the_demo_and_its_known_password_are_refused_in_production(var, command):
    line = refused(var, *command, DEBUG="0", SECRET_KEY="s" * 50, ALLOWED_HOSTS="rooms.example.org")
    assert "refused when DEBUG=0" in line


def test_a_redis_that_does_not_answer_is_named(var):
    line = refused(var, "up", "--port", "0", REDIS_URL=f"unix://{var / 'nobody.sock'}")
    assert line.startswith("openfloor: REDIS_URL does not answer: ")


def test_a_database_that_does_not_answer_is_named(var):
    line = refused(var, "up", "--port", "0", DATABASE_URL=f"sqlite:///{var / 'no' / 'such' / 'file'}")
    assert line == "openfloor: The database does not answer: unable to open database file"
