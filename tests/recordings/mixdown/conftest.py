import pytest

from tests.recordings.mixdown.studio import Studio


@pytest.fixture
def studio(tmp_path) -> Studio:
    return Studio(tmp_path)
