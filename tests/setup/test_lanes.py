"""Where no browser can be had, `make test` says so loudly and skips that lane alone; for CI that is a failure."""

import pytest

from tests import lanes


@pytest.fixture
def ran(monkeypatch, tmp_path) -> list[str]:
    """Lanes that were run, on a machine with neither Chromium nor apt-get."""
    names: list[str] = []
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(lanes, "_passes", lambda name, arguments: names.append(name) is None)
    return names


def test_without_a_browser_only_that_lane_is_skipped(ran, capsys):
    assert lanes.main() == 0
    assert ran == ["fast", "sound"]
    assert "NO BROWSER TESTS WERE RUN" in capsys.readouterr().out


def test_without_a_browser_ci_fails(ran, monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert lanes.main() == 1
    assert ran == ["fast", "sound"]


def test_a_lane_that_fails_does_not_hide_the_other(ran, monkeypatch, tmp_path):
    for program in ("chromium", "espeak-ng"):
        (tmp_path / program).touch(mode=0o755)
    monkeypatch.setattr(lanes, "_passes", lambda name, arguments: ran.append(name) is not None)
    assert lanes.main() == 1
    assert ran == ["fast", "sound", "browser", "listening"]
