"""What of a transcript is written out for whom: names as on the page of the replay, once for all who read the same."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Block
from recordings import selectors
from recordings.models import Replay
from recordings.services import transcripts
from tests.support import recorded, replayed
from tests.support.cast import user
from tests.support.copies import signed_in
from tests.support.recorded import Talk

pytestmark = pytest.mark.django_db

TALKS = (Talk("host", 1, 5, tone=440), Talk("speaker", 6, 9, tone=880))
WORDS = """WEBVTT

00:01.000 --> 00:03.000
<v Host>Good evening.

00:06.000 --> 00:08.000
<v @speaker>Tomatoes like the south side.
"""


@pytest.fixture
def written(db) -> Replay:
    replay = replayed.replay(recorded.space(TALKS), TALKS)
    transcripts.upload(replay=replay, data=WORDS.encode(), by=replay.space.host)
    return replay


def words_at(replay: Replay) -> str:
    return reverse("replay_words", args=[replay.space.slug])


def file_at(replay: Replay) -> str:
    return reverse("replay_transcript", args=[replay.space.slug])


def named(replay: Replay, client: Client) -> bool:
    """Whether this reader reads who the speaker is; what they said everybody reads."""
    read = [
        client.get(at, headers={"HX-Request": "true"}).content.decode() for at in (file_at(replay), words_at(replay))
    ]
    assert all("Tomatoes" in text and ("Speaker" in text) != ("Somebody" in text) for text in read)
    assert len({"Speaker" in text for text in read}) == 1
    return "Speaker" in read[0]


def test_who_has_a_name_on_the_page_of_the_replay_has_one_here_and_nobody_else(written):
    speaker, listener = recorded.person("speaker"), user("listener")
    stay = recorded.of(written.space, "speaker")
    assert named(written, Client()) and named(written, signed_in(listener))
    for block in ({"blocker": speaker, "blocked": listener}, {"blocker": listener, "blocked": speaker}):
        Block.objects.create(**block)
        assert named(written, Client()) and not named(written, signed_in(listener))
        Block.objects.all().delete()
    for row, gone, there in (
        (speaker, {"is_active": False}, {"is_active": True}),
        (speaker, {"closing_at": timezone.now()}, {"closing_at": None}),
        (stay, {"removed_at": timezone.now()}, {"removed_at": None}),
    ):
        type(row).objects.filter(pk=row.pk).update(**gone)
        assert not named(written, Client()) and not named(written, signed_in(written.space.host)), gone
        type(row).objects.filter(pk=row.pk).update(**there)


def test_the_file_is_sent_again_only_when_it_is_another(written):
    first = Client().get(file_at(written))
    same = {"If-None-Match": first["ETag"]}
    assert Client().get(file_at(written), headers=same).status_code == 304
    transcripts.remove(replay=written, by=written.space.host)
    assert Client().get(file_at(written), headers=same).status_code == 200
    assert signed_in(written.space.host).get(file_at(written))["Cache-Control"] == "private, no-store"


def test_what_is_written_out_for_one_serves_all_who_read_the_same(written, monkeypatch):
    Block.objects.create(blocker=recorded.person("speaker"), blocked=user("listener"))
    readers = [Client(), Client(), signed_in(user("stranger")), signed_in(recorded.person("listener"))]
    looked_up, transcript = [], selectors.transcript
    monkeypatch.setattr(selectors, "transcript", lambda *asked: looked_up.append(asked) or transcript(*asked))
    assert [named(written, reader) for reader in readers] == [True, True, True, False]
    assert len(looked_up) == 4, "the file and the page, with their name and without"
    transcripts.upload(replay=written, data=WORDS.replace("south", "north").encode(), by=written.space.host)
    assert "north" in Client().get(file_at(written)).content.decode() and len(looked_up) == 5
