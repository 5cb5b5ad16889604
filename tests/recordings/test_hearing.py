"""Who may hear which replay, and what each question costs."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import blocks, graph
from recordings.models import Cue, Replay
from recordings.selectors import podcasts
from recordings.selectors.answers import clip, comment
from recordings.selectors.hearing import heard_clip, heard_replay, in_public
from recordings.services import answers
from rooms.identity import Person
from tests.support import cast, recorded
from tests.support.episodes import episode, signed_in


@pytest.fixture
def replay(db) -> Replay:
    return episode()


def hears(replay: Replay, handle: str = "", now=None) -> bool:
    person = Person(user=User.objects.get(handle=handle)) if handle else Person()
    return heard_replay(replay.space, person, now or timezone.now()) is not None


@pytest.mark.parametrize("state", ["waiting", "mixing", "failed", "empty"])
def test_what_is_not_mixed_is_heard_by_nobody(db, state):
    made = episode(state=state)
    assert not hears(made) and not hears(made, "host")


def test_it_is_heard_until_the_second_of_its_expiry(replay):
    for seconds, heard in ((-1, True), (0, False), (1, False)):
        at = replay.expires_at + timedelta(seconds=seconds)
        assert hears(replay, now=at) is hears(replay, "host", now=at) is heard
        assert Replay.objects.filter(in_public(at)).exists() is heard


def test_a_private_one_is_for_the_host_and_those_who_spoke(replay, django_assert_num_queries):
    cast.user("stranger")
    for handle in ("", "stranger", "host", "speaker", "cohost"):
        assert hears(replay, handle)
    with django_assert_num_queries(1):
        heard_replay(replay.space, Person(), timezone.now())
    Replay.objects.update(visibility="private")
    for handle, heard in (("", False), ("stranger", False), ("host", True), ("speaker", True), ("cohost", True)):
        assert hears(replay, handle) is heard, handle
    speaker = User.objects.get(handle="speaker")
    with django_assert_num_queries(2):
        heard_replay(replay.space, Person(user=speaker), timezone.now())


@pytest.mark.parametrize("fields", [{"is_active": False}, {"closing_at": timezone.now() + timedelta(days=7)}])
def test_nobody_hears_or_is_told_of_those_of_a_host_who_is_suspended_or_about_to_go(replay, fields):
    host, fan, slug = replay.space.host, cast.user("fan"), replay.space.slug
    cut = answers.clip(replay=replay, title="Here", start_ms=0, length_ms=9000, by=fan)
    pages = [reverse(name, args=[slug]) for name in ("replay", "replay_progress", "replay_chapters", "replay_card")]
    pages += [reverse("replay_audio", args=[slug, "m4a"]), reverse("replay_transcript", args=[slug])]
    pages += [reverse("clip_card", args=[slug, cut.pk]), cut.get_absolute_url()]
    for gone in (True, False):
        found = fields if gone else {"is_active": True, "closing_at": None}
        User.objects.filter(pk=host.pk).update(**found)
        for handle in ("", "fan", "speaker"):
            assert hears(replay, handle) is not gone
            reader = signed_in(User.objects.get(handle=handle) if handle else None)
            assert {reader.get(page).status_code for page in pages} == {404 if gone else 200}
            card = reverse("replay", args=[slug]) in reader.get(replay.space.get_absolute_url()).content.decode()
            assert card is not gone
        assert Replay.objects.filter(in_public(timezone.now())).exists() is not gone


def test_what_is_said_of_one_replay_is_not_found_through_another(replay, django_assert_num_queries):
    other, fan = episode("Another", host=cast.user("other")), cast.user("fan")
    said = answers.write(replay=replay, at_ms=0, text="Here", by=fan)
    cut = answers.clip(replay=replay, title="Here", start_ms=0, length_ms=9000, by=fan)
    for find, row in ((comment, said), (clip, cut), (heard_clip, cut)):
        with django_assert_num_queries(1):
            assert find(replay, row.pk) == row
        assert find(other, row.pk) is None


def test_each_question_of_a_podcast_is_one_query(replay, django_assert_num_queries):
    host, fan, now = replay.space.host, cast.user("fan"), timezone.now()
    graph.follow(person=host, by=fan)
    Cue.objects.create(
        copy=replay.space.copy, participant=recorded.of(replay.space, "host"), start_ms=0, end_ms=9, text="Good evening"
    )
    with django_assert_num_queries(1):
        found = podcasts.episodes(host, now)
    assert found == [replay]
    with django_assert_num_queries(1):
        assert podcasts.airings(host) == []
    with django_assert_num_queries(1):
        assert podcasts.has_podcast(host, now)
    with django_assert_num_queries(1):
        assert podcasts.followed_podcasts(fan, now) == [host]
    with django_assert_num_queries(1):
        assert {stay.user.handle for stay in podcasts.heard_people(found).values()} == {"host", "speaker", "cohost"}
    with django_assert_num_queries(1):
        assert podcasts.with_words(found) == {replay.space_id}


def test_whom_a_host_blocked_may_still_hear_a_listed_replay(replay):
    blocks.block(person=cast.user("listener"), by=replay.space.host)
    assert hears(replay, "listener")
