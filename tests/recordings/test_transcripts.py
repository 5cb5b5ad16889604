"""The transcript of a replay: written by its host, read by whoever may hear it, of nobody who is not in it."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from recordings import selectors, vtt
from recordings.models import Copy, Cue, Replay
from recordings.refusals import Refused
from recordings.services import purge, transcripts
from recordings.speakers import Speakers
from recordings.vtt import Line
from rooms.services import recording
from tests.support import recorded, replayed
from tests.support.cast import user
from tests.support.copies import signed_in
from tests.support.recorded import Talk
from tests.support.taken import say
from tests.support.waiting import one_lock_per_row, while_it_waits

pytestmark = pytest.mark.django_db

TALKS = (Talk("host", 1, 5, tone=440), Talk("speaker", 6, 9, tone=880), Talk("cohost", 9, 13, tone=660))
WORDS = """WEBVTT

00:01.000 --> 00:03.000
<v Host>Good evening.

00:03.000 --> 00:05.000
Nobody says who said this.

00:06.000 --> 00:08.000
<v @SPEAKER>Tomatoes like the <i>south</i> side.

00:09.000 --> 00:12.000
<v Cohost>This was never agreed to.
"""


@pytest.fixture
def replay() -> Replay:
    space = recorded.space(TALKS, answers={"cohost": "no"})
    return replayed.replay(space, TALKS)


@pytest.fixture
def written(replay) -> Replay:
    transcripts.upload(replay=replay, data=WORDS.encode(), by=replay.space.host)
    return replay


def words_at(replay: Replay) -> str:
    return reverse("replay_words", args=[replay.space.slug])


def file_at(replay: Replay) -> str:
    return reverse("replay_transcript", args=[replay.space.slug])


def sent(client: Client, replay: Replay, data: bytes):
    file = SimpleUploadedFile("evening.vtt", data, "text/vtt")
    return client.post(words_at(replay), {"transcript": file}, headers={"HX-Request": "true"})


def cues() -> list[tuple]:
    return list(Cue.objects.values_list("participant__user__handle", "start_ms", "end_ms", "text"))


# --- Writing ---


def test_only_the_host_writes_and_removes_it(written):
    speaker = recorded.person("speaker")
    for client in (Client(), signed_in(speaker), signed_in(user("stranger"))):
        assert sent(client, written, WORDS.encode()).status_code == 403
        assert client.delete(words_at(written)).status_code == 403
    with pytest.raises(Refused, match="transcript_of_the_host"):
        transcripts.remove(replay=written, by=speaker)
    assert len(cues()) == 3


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        (b"", 422, "Choose a WebVTT file"),
        (b"WEBVTT\n\n" + b"x" * transcripts.BYTES_MAX, 413, "2000 kB"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\nGr\xfc\xdfe".encode("latin-1"), 422, "UTF-8"),
        (b"\x89PNG\r\n", 422, "UTF-8"),
        (b"1\n00:00:01,000 --> 00:00:02,000\nSubRip", 422, "first line"),
        (b"WEBVTT\n", 422, "no words"),
        (b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Zoe>Hello", 422, "somebody in the replay"),
        (b"WEBVTT\n\n59:01.000 --> 59:02.000\n<v Host>After the end", 422, "somebody in the replay"),
    ],
)
def test_what_cannot_be_one_is_refused_in_a_sentence_and_leaves_the_one_before(written, data, status, says):
    response = sent(signed_in(written.space.host), written, data)
    assert response.status_code == status and says in response.content.decode()
    assert len(cues()) == 3


def test_too_many_lines_are_refused(replay, monkeypatch):
    monkeypatch.setattr(transcripts, "LINES_MAX", 3)
    with pytest.raises(Refused, match="vtt_too_long"):
        transcripts.upload(replay=replay, data=WORDS.encode(), by=replay.space.host)


def test_a_replay_that_cannot_be_heard_takes_none(replay):
    with time_machine.travel(replay.expires_at):
        assert sent(signed_in(replay.space.host), replay, WORDS.encode()).status_code == 404
        with pytest.raises(Refused, match="replay_none"):
            transcripts.upload(replay=replay, data=WORDS.encode(), by=replay.space.host)


def test_lines_go_to_who_they_name_or_who_is_heard_and_to_nobody_who_said_no(replay):
    response = sent(signed_in(replay.space.host), replay, WORDS.encode())
    html = response.content.decode()
    assert "3 lines are here now" in html and "1 was left out" in html
    assert cues() == [
        ("host", 1000, 3000, "Good evening."),
        ("host", 3000, 5000, "Nobody says who said this."),
        ("speaker", 6000, 8000, "Tomatoes like the south side."),
    ]


def test_the_next_file_replaces_the_one_before(written):
    again = b"WEBVTT\n\n00:02.000 --> 00:03.000\n<v Host>Anew."
    assert transcripts.upload(replay=written, data=again, by=written.space.host) == (1, 0)
    assert [cue[3] for cue in cues()] == ["Anew."]


def test_a_long_line_is_kept_whole(replay):
    text = "word " * 600
    transcripts.upload(
        replay=replay, data=f"WEBVTT\n\n00:02.000 --> 00:03.000\n<v Host>{text}".encode(), by=replay.space.host
    )
    assert [len(cue[3]) <= 1000 for cue in cues()] == [True] * 3
    assert " ".join(cue[3] for cue in cues()) == text.strip()


def test_a_name_that_two_go_by_is_nobodys_and_their_handle_is_theirs(replay):
    first, second = recorded.person("host"), recorded.person("speaker")
    type(first).objects.filter(pk__in=[first.pk, second.pk]).update(display_name="Ana")
    speakers = Speakers(selectors.in_the_recording(replay.space), replay.voices)
    assert speakers.of(Line(0, 10, "Ana", "Which one?")) is None
    assert speakers.of(Line(0, 10, "speaker", "Me.")).user == second


@pytest.mark.parametrize(
    ("start", "end", "who"),
    [(4000, 7500, "speaker"), (0, 500, "host"), (10_900, 12_000, "speaker"), (11_000, 12_000, None)],
)
def test_a_line_without_a_name_is_of_whoever_is_heard_most_then_or_nearly_then(replay, start, end, who):
    found = Speakers(selectors.in_the_recording(replay.space), replay.voices).of(Line(start, end, "", "?"))
    assert (found and found.user.handle) == who


# --- Reading ---


def test_the_file_is_on_the_time_of_the_replay(written):
    """What was not recorded is left out of the replay, and its words with it."""
    began = round(written.space.started_at.timestamp() * 1e6)
    Replay.objects.update(pieces=[[0, began + 2_000_000, 2_000], [2_000, began + 6_000_000, 6_000]])
    response = Client().get(file_at(written))
    assert response["Content-Type"] == "text/vtt; charset=utf-8"
    assert vtt.read(response.content.decode(), most=10) == [
        Line(0, 1000, "Host", "Good evening."),
        Line(1000, 2000, "Host", "Nobody says who said this."),
        Line(2000, 4000, "Speaker", "Tomatoes like the south side."),
    ]


def test_without_words_it_is_an_empty_file(replay):
    assert Client().get(file_at(replay)).content.decode() == "WEBVTT\n"


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 404), (1, 404)])
def test_it_is_unreadable_from_the_second_the_replay_expires(written, seconds, status):
    with time_machine.travel(written.expires_at + timedelta(seconds=seconds), tick=False):
        assert Client().get(file_at(written)).status_code == status
        assert Client().get(words_at(written), headers={"HX-Request": "true"}).status_code == status


def test_a_private_replay_has_words_for_those_who_spoke_alone(written):
    Replay.objects.update(visibility="private")
    assert Client().get(file_at(written)).status_code == 404
    response = signed_in(recorded.person("speaker")).get(file_at(written))
    assert response.status_code == 200 and response["Cache-Control"] == "private, no-store"


def test_the_page_shows_who_says_what_and_leads_to_the_moment(written):
    html = Client().get(words_at(written), headers={"HX-Request": "true"}).content.decode()
    assert html.count('transcript-turn"') == 2 and 'data-seek="6000"' in html and 'data-until="8000"' in html
    assert "transcript-file" not in html and "Remove it" not in html
    assert (
        "transcript-file"
        in signed_in(written.space.host).get(words_at(written), headers={"HX-Request": "true"}).content.decode()
    )


def test_whoever_takes_themselves_out_is_read_by_nobody_at_once(written):
    speaker = recorded.of(written.space, "speaker")
    recording.answer(participant=speaker, by=speaker, yes=False)
    # As if it were mixed already.
    Replay.objects.update(state="ready")
    assert "Tomatoes" not in Client().get(file_at(written)).content.decode()
    assert selectors.own_cues(written.space, speaker.user).exists(), "their own words stay theirs"


def test_words_of_a_replay_for_good_outlive_the_copy_and_go_with_the_replay(written):
    say(recorded.of(written.space, "cohost"), "This was never agreed to.", 9, 12)
    Replay.objects.update(for_good=True, expires_at=None)
    with time_machine.travel(Copy.objects.get().expires_at):
        assert purge.copy(Copy.objects.get().pk)
        assert len(cues()) == 3 and "Tomatoes" in Client().get(file_at(written)).content.decode()
        assert transcripts.upload(replay=written, data=WORDS.encode(), by=written.space.host).kept == 3
        purge.replay(replay=written)
        assert purge.expired_replay(written.pk) and cues() == []


@one_lock_per_row
def test_words_that_are_written_down_as_the_replay_goes_go_with_it(transactional_db):
    replay = replayed.replay(recorded.space(TALKS), TALKS, for_good=True, expires_at=None)
    Copy.objects.update(state="purged")

    def delete() -> bool:
        purge.replay(replay=replay)
        return purge.expired_replay(replay.pk)

    upload = partial(transcripts.upload, replay=replay, data=WORDS.encode(), by=replay.space.host)
    assert while_it_waits(delete, holding=upload)
    assert cues() == []


def test_how_much_is_asked_of_the_database(written, django_assert_num_queries):
    replay = Replay.objects.select_related("space").get()
    with django_assert_num_queries(3):
        assert selectors.has_transcript(replay)
    with django_assert_num_queries(3):
        assert len(selectors.in_the_recording(replay.space)) == 2
    with django_assert_num_queries(4):
        assert len(selectors.transcript(replay, AnonymousUser())) == 3


def test_ten_thousand_lines_without_names_are_matched_in_one_go(replay):
    voices = [[str(recorded.of(replay.space, "host").pk), at * 1000, at * 1000 + 900] for at in range(5000)]
    speakers = Speakers(selectors.in_the_recording(replay.space), voices)
    assert all(speakers.of(Line(at * 500, at * 500 + 400, "", "?")) for at in range(9000))
