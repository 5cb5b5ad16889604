"""Likes, comments and clips: who may answer a replay, with what, and what others read of it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from accounts.services import blocks, graph
from recordings.models import Clip, Comment, Like, Replay
from recordings.refusals import Refused
from recordings.selectors import answers as reading
from recordings.services import answers, purge
from tests.support import cast
from tests.support.episodes import episode
from tests.support.hostile import HOSTILE

VISITOR = AnonymousUser()


@pytest.fixture
def replay(db) -> Replay:
    return episode()


@pytest.fixture
def listener(db) -> User:
    return cast.user("listener")


def say(replay, by, text="Well said.", at_ms=1000) -> Comment:
    return answers.write(replay=replay, at_ms=at_ms, text=text, by=by)


def cut(replay, by, title="The best of it", start_ms=1000, length_ms=10_000) -> Clip:
    return answers.clip(replay=replay, title=title, start_ms=start_ms, length_ms=length_ms, by=by)


ACTS = {"like": lambda replay, by: answers.like(replay=replay, by=by), "comment": say, "clip": cut}


def refused(act, *args, **kwargs) -> str:
    with pytest.raises(Refused) as refusal:
        act(*args, **kwargs)
    assert refusal.value.sentence.endswith(".")
    return refusal.value.code


# --- Refusals ---


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_visitors_answer_nothing(replay, act):
    assert refused(act, replay, VISITOR) == "account_needed"


@pytest.mark.parametrize("leader", ["host", "cohost"])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_whom_a_leader_blocked_answers_nothing(replay, listener, act, leader):
    blocks.block(person=listener, by=User.objects.get(handle=leader))
    assert refused(act, replay, listener) == "blocked"


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_whom_a_speaker_blocked_may_answer(replay, listener, act):
    blocks.block(person=listener, by=User.objects.get(handle="speaker"))
    act(replay, listener)


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_a_replay_that_went_while_somebody_answered_has_no_answers(replay, listener, act):
    purge.replay(replay=replay)
    assert refused(act, replay, listener) == "replay_silent"
    assert not any(each.objects.exists() for each in (Like, Comment, Clip))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "comment_empty"),
        (" \n\t", "comment_empty"),
        ("\u202e\u2066", "comment_empty"),
        ("x" * 501, "comment_too_long"),
    ],
)
def test_a_comment_nobody_can_read_is_refused(replay, listener, text, code):
    assert refused(say, replay, listener, text) == code
    assert not Comment.objects.exists()


@pytest.mark.parametrize("at_ms", [-1, 4_999, 120_001, 2**40])
def test_a_comment_at_a_moment_no_player_reaches_is_refused(replay, listener, at_ms):
    Replay.objects.update(starts_at_ms=5000)
    assert refused(say, replay, listener, at_ms=at_ms) == "moment_unknown"


@pytest.mark.parametrize(
    ("start_ms", "length_ms", "code"),
    [
        (1000, 4_999, "clip_length"),
        (1000, 30_001, "clip_length"),
        (1000, -5_000, "clip_length"),
        (-1, 10_000, "clip_outside"),
        (110_001, 10_000, "clip_outside"),
        (120_001, 5_000, "clip_outside"),
        (499, 5_000, "clip_outside"),
    ],
)
def test_a_clip_has_its_length_within_the_replay(replay, listener, start_ms, length_ms, code):
    Replay.objects.update(starts_at_ms=500)
    assert refused(cut, replay, listener, start_ms=start_ms, length_ms=length_ms) == code
    assert not Clip.objects.exists()


@pytest.mark.parametrize(("start_ms", "length_ms"), [(500, 5_000), (500, 30_000), (110_000, 10_000)])
def test_a_clip_may_be_as_short_and_as_long_as_it_says(replay, listener, start_ms, length_ms):
    Replay.objects.update(starts_at_ms=500)
    made = cut(replay, listener, start_ms=start_ms, length_ms=length_ms)
    assert (made.start_ms, made.length_ms) == (start_ms, length_ms)


def test_no_clips_where_the_host_allows_none(replay, listener):
    made = cut(replay, listener)
    assert reading.clips(replay, listener) == [made]
    Replay.objects.update(clips_allowed=False)
    assert refused(cut, replay, listener) == "clips_off"
    assert reading.clips(Replay.objects.get(), listener) == []


@pytest.mark.parametrize(("title", "code"), [("\u202e ", "title_empty"), ("x" * 71, "title_too_long")])
def test_a_clip_has_a_title_people_can_read(replay, listener, title, code):
    assert refused(cut, replay, listener, title) == code


def test_only_the_author_and_the_host_delete_a_comment_or_a_clip(replay, listener):
    other = cast.user("other")
    for made, erase, code in (
        (say(replay, listener), lambda row, by: answers.erase_comment(comment=row, by=by), "not_your_comment"),
        (cut(replay, listener), lambda row, by: answers.erase_clip(clip=row, by=by), "not_your_clip"),
    ):
        for stranger in (other, VISITOR, User.objects.get(handle="cohost")):
            assert refused(erase, made, stranger) == code
        assert type(made).objects.filter(pk=made.pk).exists()
        erase(made, listener)
        assert not type(made).objects.filter(pk=made.pk).exists()
    answers.erase_comment(comment=say(replay, listener), by=replay.space.host)
    answers.erase_clip(clip=cut(replay, listener), by=replay.space.host)
    assert not Comment.objects.exists() and not Clip.objects.exists()


def test_whoever_was_blocked_since_still_takes_back_what_they_said(replay, listener):
    answers.like(replay=replay, by=listener)
    comment, clip = say(replay, listener), cut(replay, listener)
    blocks.block(person=listener, by=replay.space.host)
    assert answers.unlike(replay=replay, by=listener)
    answers.erase_comment(comment=comment, by=listener)
    answers.erase_clip(clip=clip, by=listener)


# --- Likes ---


def test_a_like_counts_once(replay, listener):
    assert answers.like(replay=replay, by=listener) and not answers.like(replay=replay, by=listener)
    assert Like.objects.count() == 1
    assert answers.unlike(replay=replay, by=listener) and not answers.unlike(replay=replay, by=listener)
    assert not answers.unlike(replay=replay, by=VISITOR)


def test_a_reader_sees_how_many_like_it_and_which_of_those_they_follow(replay, listener, django_assert_num_queries):
    fans = [cast.user(f"fan{n}") for n in range(6)]
    for fan in fans:
        answers.like(replay=replay, by=fan)
    for fan in fans[1:]:
        graph.follow(person=fan, by=listener)
    with django_assert_num_queries(2):
        found = reading.likes(replay, listener)
    assert found.count == 6 and not found.mine
    assert found.friends == fans[:2:-1] and found.more_friends == 2
    with django_assert_num_queries(1):
        assert reading.likes(replay, VISITOR) == (6, False, [], 0)
    assert reading.likes(replay, fans[0]).mine


def test_likes_of_closed_accounts_and_across_a_block_name_nobody(replay, listener):
    fan, gone = cast.user("fan"), cast.user("gone")
    for person in (fan, gone):
        graph.follow(person=person, by=listener)
        answers.like(replay=replay, by=person)
    blocks.block(person=listener, by=fan)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    found = reading.likes(replay, listener)
    assert found.friends == [] and found.more_friends == 0 and found.count == 1


def test_who_approves_followers_by_hand_is_named_to_followers_alone(replay, listener):
    shy = cast.user("shy", is_protected=True)
    answers.like(replay=replay, by=shy)
    graph.follow(person=shy, by=listener)
    assert reading.likes(replay, listener).friends == []


# --- Comments ---


def test_comments_stand_in_the_order_of_their_moments(replay, listener, django_assert_num_queries):
    for at_ms in (9000, 1000, 5000, 5000):
        say(replay, listener, f"at {at_ms}", at_ms)
    with django_assert_num_queries(2):
        found = reading.comments(replay, VISITOR)
    assert [row.at_ms for row in found.rows] == [1000, 5000, 5000, 9000]
    assert (found.count, found.after) == (4, "")
    with django_assert_num_queries(1):
        assert reading.marks(replay, VISITOR) == [1000, 5000, 9000]


def test_the_next_page_goes_on_where_the_one_before_ended(replay, listener, monkeypatch):
    monkeypatch.setattr(reading, "COMMENTS_SHOWN", 3)
    for at_ms in (1000, 2000, 3000, 3000, 4000):
        say(replay, listener, f"at {at_ms}", at_ms)
    first = reading.comments(replay, VISITOR)
    second = reading.comments(replay, VISITOR, after=first.after)
    assert [row.at_ms for row in first.rows] == [1000, 2000]
    assert [row.at_ms for row in second.rows] == [3000, 3000, 4000] and second.after == ""
    for mutilated in ("x", "-1", "9" * 40, "1.5", "²"):
        reading.comments(replay, VISITOR, after=mutilated)


def test_comments_and_clips_across_a_block_and_of_closed_accounts_are_not_shown(replay, listener):
    other, gone = cast.user("other"), cast.user("gone")
    for person in (other, gone):
        say(replay, person), cut(replay, person)
    blocks.block(person=other, by=listener)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    for reader, shown in ((listener, 0), (VISITOR, 1), (other, 1)):
        assert reading.comments(replay, reader).count == shown
        assert len(reading.marks(replay, reader)) == len(reading.clips(replay, reader)) == shown


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_words_are_kept_as_words(replay, listener, text):
    assert say(replay, listener, text).text == text


def test_what_turns_text_around_is_left_out(replay, listener):
    assert say(replay, listener, "a\u202eb\x00c\n\n\n\nd\u0301").text == "a b c\n\nd\u0301"


def test_what_is_said_goes_with_the_replay(replay, listener):
    answers.like(replay=replay, by=listener)
    say(replay, listener), cut(replay, listener)
    replay.delete()
    assert not Like.objects.exists() and not Comment.objects.exists() and not Clip.objects.exists()
