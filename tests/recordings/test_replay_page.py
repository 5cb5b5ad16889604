"""The page of a replay: who may know of it, how it stands in a sentence, and what its host and speakers do with it."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from recordings.models import Replay
from recordings.refusals import Refused
from recordings.selectors import pages
from recordings.services import editing, replays
from rooms.identity import Person
from rooms.models import Participant
from tests.support import episodes, recorded
from tests.support.episodes import signed_in

pytestmark = pytest.mark.django_db
FORM = {"title": "A better title", "starts_at": "0:10", "visibility": "private", "kept": "good"}


@pytest.fixture(autouse=True)
def _every_change_at_once(settings) -> None:
    settings.ROSTER_INTERVAL = settings.CARD_INTERVAL = 0


def page(replay: Replay, name: str = "", url: str = "replay"):
    client = signed_in(recorded.person(name)) if name else Client()
    return client.get(reverse(url, args=[replay.space.slug]))


def post(replay: Replay, name: str, **fields):
    return signed_in(recorded.person(name)).post(reverse("replay_edit", args=[replay.space.slug]), FORM | fields)


def fresh(replay: Replay) -> Replay:
    return Replay.objects.get(pk=replay.pk)


# --- Who may know of it ---


def test_a_space_without_a_replay_has_no_page_for_one():
    space = recorded.space((), recorded=[], lasted=60)
    assert Client().get(reverse("replay", args=[space.slug])).status_code == 404


@pytest.mark.parametrize("state", Replay.State.values)
def test_a_private_replay_does_not_exist_for_others_however_it_stands(state):
    gone = {"m4a": "", "opus": "", "deleted_at": timezone.now()} if state == "deleted" else {}
    replay = episodes.episode(visibility="private", state=state, **gone)
    for name in ("", "stranger"):
        assert page(replay, name).status_code == 404
        assert page(replay, name, "replay_progress").status_code == 404
        assert b"replay" not in page_of_space(replay, name).lower().replace(b"replay.css", b"").split(b"<main")[1]
    for name in ("host", "speaker"):
        assert page(replay, name).status_code in (200, 410)


def page_of_space(replay: Replay, name: str) -> bytes:
    client = signed_in(recorded.person(name)) if name else Client()
    return client.get(replay.space.get_absolute_url()).content.split(b"copy-fate")[0]


def test_who_was_removed_from_a_private_space_hears_nothing_of_it():
    replay = episodes.episode(space={"is_private": True})
    stay = recorded.of(replay.space, "speaker")
    assert page(replay, "speaker").status_code == 200
    Participant.objects.filter(pk=stay.pk).update(removed_at=timezone.now())
    assert page(replay, "speaker").status_code == 403


# --- How it stands ---


@pytest.mark.parametrize(
    ("state", "name", "sentence"),
    [
        ("waiting", "", "It is being made"),
        ("mixing", "", "It is being made"),
        ("failed", "", "can try again. Come back later."),
        ("failed", "host", "Try again"),
        ("empty", "", "Nobody who agreed to be recorded said anything"),
    ],
)
def test_how_it_stands_is_said_in_a_sentence(state, name, sentence):
    response = page(episodes.episode(state=state, ready_at=None), name)
    assert response.status_code == 200
    assert sentence in response.content.decode()
    assert '<audio id="replay-audio"' not in response.content.decode()


def test_what_is_over_is_said_to_be_gone():
    replay = episodes.episode()
    with time_machine.travel(replay.expires_at, tick=False):
        response = page(replay)
    assert response.status_code == 410 and "Its time is over" in response.content.decode()
    editing.delete(replay=replay, by=replay.space.host)
    response = page(replay)
    assert response.status_code == 410 and "It is deleted" in response.content.decode()


def test_a_page_that_waits_is_told_when_to_look_again():
    replay = episodes.episode(state="mixing", progress=42)
    response = page(replay, url="replay_progress")
    assert 'value="42"' in response.content.decode() and "HX-Refresh" not in response
    Replay.objects.update(state="ready")
    assert page(replay, url="replay_progress")["HX-Refresh"] == "true"


def test_the_page_shows_who_speaks_and_where_to_begin(django_assert_max_num_queries):
    replay = episodes.episode()
    Participant.objects.filter(pk=recorded.of(replay.space, "speaker").pk).update(talk_ms=40_000)
    shown = pages.shown(replay.space, Person(user=recorded.person("speaker")), timezone.now())
    assert (shown.standing, shown.mine, shown.spoke.user.handle) == ("ready", False, "speaker")
    reader = recorded.person("speaker")
    with django_assert_max_num_queries(1):
        talks = pages.talks(replay, reader)
    assert [person.user.handle for person in talks.people] == ["host", "speaker", "cohost"]
    assert [chapter.title for chapter in talks.chapters] == ["Host", "Speaker", "Cohost"]
    assert talks.voices == "[[0,0,50000],[1,50000,90000],[2,90000,120000]]"
    content = page(replay).content.decode()
    assert 'data-peaks="0 37 74' in content and "Take me out" not in content
    assert "Take me out of the recording" in page(replay, "speaker").content.decode()


def test_who_is_not_met_is_nobody_in_particular():
    replay = episodes.episode()
    Participant.objects.filter(pk=recorded.of(replay.space, "speaker").pk).update(removed_at=timezone.now())
    talks = pages.talks(replay, recorded.person("stranger"))
    assert [person.user.handle for person in talks.people] == ["host", "cohost"]
    assert [chapter.title for chapter in talks.chapters] == ["Host", "Somebody", "Cohost"]
    assert talks.voices == "[[0,0,50000],[-1,50000,90000],[1,90000,120000]]"


def test_the_page_of_the_space_and_of_its_host_lead_there():
    replay = episodes.episode()
    address = reverse("replay", args=[replay.space.slug])
    assert address in Client().get(replay.space.get_absolute_url()).content.decode()
    assert address in Client().get(replay.space.host.get_absolute_url()).content.decode()
    Replay.objects.update(visibility="private")
    assert address not in Client().get(replay.space.host.get_absolute_url()).content.decode()


# --- What its host decides ---


@pytest.mark.parametrize("name", ["speaker", "stranger"])
def test_nobody_but_the_host_edits_deletes_or_tries_again(name):
    replay, by = episodes.episode(state="failed"), recorded.person(name)
    with pytest.raises(Refused, match="host_only"):
        editing.edit(replay=replay, by=by, title="Mine")
    with pytest.raises(Refused, match="host_only"):
        editing.delete(replay=replay, by=by)
    with pytest.raises(Refused, match="host_only"):
        editing.try_again(replay=replay, by=by)
    assert page(replay, name, "replay_edit").status_code == 403
    assert post(replay, name).status_code == 403
    assert fresh(replay).title == replay.title


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"title": ""}, "Give it a title that people can read."),
        ({"title": "\u202e\u200b"}, "Give it a title that people can read."),
        ({"title": "x" * 71}, "Use a shorter title: 70 characters at most."),
        ({"starts_at": "soon"}, "Write minutes and seconds, such as 1:05."),
        ({"starts_at": "2:00"}, "Choose a beginning that lies before the end."),
        ({"visibility": "friends"}, "Choose one of these."),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(fields, sentence):
    replay = episodes.episode()
    response = post(replay, "host", **fields)
    assert response.status_code == 422
    assert sentence in response.content.decode()
    assert fresh(replay).title == replay.title


def test_the_host_changes_all_of_it():
    replay = episodes.episode()
    assert post(replay, "host").status_code == 302
    changed = fresh(replay)
    assert (changed.title, changed.starts_at_ms, changed.visibility) == ("A better title", 10_000, "private")
    assert (changed.for_good, changed.expires_at, changed.clips_allowed) == (True, None, False)
    form = page(replay, "host", "replay_edit").content.decode()
    assert 'value="0:10"' in form and "While those days last, you can go back to them." in form
    assert post(replay, "host", kept="days", clips_allowed="on").status_code == 302
    assert fresh(replay).expires_at == replay.space.ended_at + timedelta(days=30)


@pytest.mark.parametrize(("seconds", "refused"), [(-1, False), (0, True), (1, True)])
def test_what_was_kept_for_good_does_not_go_back_to_days_that_are_over(seconds, refused):
    replay = episodes.episode(for_good=True, expires_at=None)
    with time_machine.travel(replay.space.ended_at + timedelta(days=30, seconds=seconds), tick=False):
        if refused:
            with pytest.raises(Refused, match="days_are_over"):
                editing.edit(replay=replay, by=replay.space.host, title="T", for_good=False)
        else:
            editing.edit(replay=replay, by=replay.space.host, title="T", for_good=False)
    assert fresh(replay).for_good == refused


def test_what_failed_is_tried_again_and_nothing_else():
    replay = episodes.episode(state="failed", attempts=3)
    client = signed_in(replay.space.host)
    assert client.post(reverse("replay_mixing", args=[replay.space.slug])).status_code == 302
    assert (fresh(replay).state, fresh(replay).attempts) == ("waiting", 0)
    assert client.post(reverse("replay_mixing", args=[replay.space.slug])).status_code == 409


def test_deleted_is_gone_for_everybody_and_stays_so():
    replay = episodes.episode()
    client = signed_in(replay.space.host)
    for _ in range(2):
        assert client.delete(reverse("replay", args=[replay.space.slug])).status_code == 303
    replays.mix_anew(space_id=replay.space_id, at=timezone.now())
    assert fresh(replay).state == "deleted"
    assert client.get(reverse("replay_audio", args=[replay.space.slug, "m4a"])).status_code == 404
    with pytest.raises(Refused, match="replay_gone"):
        editing.edit(replay=replay, by=replay.space.host, title="T")


# --- Who speaks in it ---


def test_nobody_takes_others_out():
    replay = episodes.episode()
    address = reverse("replay_voice", args=[replay.space.slug])
    assert Client().delete(address).status_code == 409
    assert signed_in(recorded.person("stranger")).delete(address).status_code == 409
    assert fresh(replay).state == "ready"


def test_a_speaker_takes_themselves_out_and_nobody_hears_it_from_then_on(django_capture_on_commit_callbacks):
    replay = episodes.episode()
    address = reverse("replay_voice", args=[replay.space.slug])
    client = signed_in(recorded.person("speaker"))
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(address).status_code == 303
    assert fresh(replay).state == "waiting"
    assert client.get(reverse("replay_audio", args=[replay.space.slug, "m4a"])).status_code == 404
    assert client.delete(address).status_code == 409
