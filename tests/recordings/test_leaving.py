"""Whoever erases their account is in no recording any more, but for review copies until their date."""

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from accounts.models import User
from accounts.services import closing, erasure
from recordings import own_data, places
from recordings.models import Cue, Replay, Segment
from rooms.models import Consent, Space
from rooms.selectors.recording import spans
from tests.support import recorded, replayed
from tests.support.recorded import Talk
from tests.support.taken import say, stored, take

pytestmark = pytest.mark.django_db

TALKS = (Talk("host", 1, 5, tone=440), Talk("speaker", 6, 9, tone=880))


@pytest.fixture
def replay() -> Replay:
    space = recorded.space(TALKS)
    say(recorded.of(space, "speaker"), "Tomatoes like the south side.", 6, 8)
    return replayed.replay(space, TALKS)


def erase(handle: str) -> None:
    user = User.objects.get(handle=handle)
    closing.condemn(user=user)
    assert erasure.erase(user_id=user.pk)


def test_a_speaker_is_taken_out_of_replays_and_zips_of_others(replay, django_capture_on_commit_callbacks):
    zipped = take(replay.space)
    with django_capture_on_commit_callbacks(execute=True):
        erase("speaker")
    replay.refresh_from_db()
    zipped.refresh_from_db()
    assert replay.state == "waiting" and zipped.expires_at <= timezone.now()
    assert [chapter["title"] for chapter in replay.chapters] == ["Host"]
    assert len(spans(replay.space)) == 1 and not Cue.objects.exists()
    answers = Consent.objects.filter(participant__user__handle__startswith="gone_").values_list("answer", flat=True)
    assert list(answers) == ["yes", "withdrawn"]


def test_their_sound_stays_in_the_review_copy_until_its_date(replay):
    before = Segment.objects.count()
    erase("speaker")
    assert Segment.objects.count() == before
    assert all(storages[places.STORAGE].exists(segment.name) for segment in Segment.objects.all())


def test_a_host_takes_their_replays_with_them(replay):
    export = take(replay.space)
    erase("host")
    replay.refresh_from_db()
    assert (replay.state, replay.title, replay.chapters) == ("deleted", "", [])
    assert stored(replay.space) == set() and export.user.session_exports.count() == 0


def test_erasing_again_finds_nothing_to_do(replay):
    person = User.objects.get(handle="speaker")
    for _ in range(2):
        own_data.erase(person)
    assert Consent.objects.filter(participant__user=person).count() == 2


def test_a_copy_of_their_data_says_what_is_kept_of_them_and_nothing_of_others(replay):
    speaker = recorded.person("speaker")
    found = {section.name: list(section.rows) for section in own_data.sections(speaker)}
    where = Space.objects.get().get_absolute_url()
    assert [row["text"] for row in found["words"]] == ["Tomatoes like the south side."]
    assert [(row["space"]["address"], row["why"]) for row in found["kept"]] == [(where, "usual")]
    assert [row["answer"] for row in found["consents"]] == ["yes"]
    assert found["replays"] == []
    of_host = {section.name: list(section.rows) for section in own_data.sections(replay.space.host)}
    assert of_host["words"] == [] and len(of_host["replays"]) == 1
