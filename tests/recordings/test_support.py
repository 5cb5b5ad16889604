"""What the tests of copies stand on: recorded Spaces hold what was said when it was said."""

import pytest
from django.core.files.storage import storages

from recordings.models import Segment
from tests.support import recorded, replayed, sound

TALKS = (recorded.Talk("host", 1, 7),)

pytestmark = pytest.mark.django_db


def test_the_segments_of_a_recorded_space_follow_each_other_and_can_be_heard(tmp_path):
    space = recorded.space([recorded.Talk("host", 1, 7, tone=440), recorded.Talk("anna", 6, 8)])
    first, second, other = Segment.objects.filter(copy__space=space).order_by("participant__joined_at", "started_us")
    assert (first.samples, second.samples, other.samples) == (192_000, 96_000, 96_000)
    assert second.started_us == first.started_us + 4_000_000
    path = tmp_path / "first.opus"
    path.write_bytes(storages["copies"].open(first.name).read())
    heard = sound.read_opus(path)
    assert len(heard) == first.samples
    assert recorded.pitch(heard[48_000:]) == pytest.approx(440, abs=2)


def test_a_replay_has_two_files_of_the_length_it_says():
    replay = replayed.replay(recorded.space(TALKS, lasted=8), TALKS)
    assert replay.duration_ms == 8000
    for name, size in ((replay.m4a, replay.m4a_bytes), (replay.opus, replay.opus_bytes)):
        assert storages["copies"].size(name) == size > 20_000
