"""Keeping a segment, and a purge, killed with -9 at any step and done again, end as if nobody had killed them."""

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings

from tests.support.races import database_url

pytestmark = pytest.mark.slow

ENDS = {
    "copy": {
        "state": "purged",
        "claim": "None",
        "files": [],
        # Two segments of the host, one of the speaker, one download.
        "tombs": [["copy", 4, "usual"]],
        "bytes_proved": True,
        "rows": {"segments": 0, "exports": 0, "comments": 1},
    },
    "replay": {
        "state": "deleted",
        "claim": "None",
        "files": [],
        "tombs": [["replay", 2, "usual"]],
        "bytes_proved": True,
        "rows": {"segments": 3, "exports": 1, "comments": 0},
    },
}


KEPT = {"rows": 1, "named": True, "bytes": [True], "spooled": False, "state": ["kept"]}


@pytest.mark.parametrize(("kind", "steps"), [("copy", 11), ("replay", 11), ("segment", 4)])
def test_killed_before_any_of_its_steps_it_ends_the_same(transactional_db, kind, steps):
    command = [sys.executable, "-m", "tests.support.purged", kind]
    env = os.environ | {"DATABASE_URL": database_url(), "VAR_DIR": str(settings.VAR_DIR), "DATABASE_POOL": "1"}
    done = subprocess.run(command, env=env, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    ends = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(ends) >= steps, done.stderr
    assert [end for end in ends if end != (ENDS | {"segment": KEPT})[kind]] == []
