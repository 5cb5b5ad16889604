"""Whoever agreed to be recorded finds the way out, and it leads out, wherever the replay stands and they do."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import blocks
from recordings.models import Replay, SessionExport
from recordings.services import purge
from rooms.models import Participant
from tests.support import recorded
from tests.support.episodes import episode, signed_in
from tests.support.html import text

pytestmark = pytest.mark.django_db
BUTTON = "Take me out of the recording"
GONE = {"state": "deleted", "m4a": "", "opus": "", "deleted_at": timezone.now()}


@pytest.fixture(autouse=True)
def _every_change_at_once(settings) -> None:
    settings.ROSTER_INTERVAL = settings.CARD_INTERVAL = 0


def address(replay: Replay, name: str = "replay_voice") -> str:
    return reverse(name, args=[replay.space.slug])


def answer(replay: Replay) -> str:
    return recorded.of(replay.space, "speaker").recording_answer


def bar(replay: Replay, how: str) -> None:
    if how == "removed":
        stay = recorded.of(replay.space, "speaker")
        Participant.objects.filter(pk=stay.pk).update(removed_at=timezone.now())
    else:
        blocks.block(person=recorded.person("speaker"), by=replay.space.host)


@pytest.mark.parametrize("how", ["removed", "blocked"])
def test_whoever_is_barred_from_a_private_space_takes_themselves_out(how, django_capture_on_commit_callbacks):
    replay = episode(space={"is_private": True})
    bar(replay, how)
    client, page = signed_in(recorded.person("speaker")), replay.space.get_absolute_url()
    found = client.get(page).content.decode()
    assert BUTTON in found and address(replay) in found and replay.title not in found
    with django_capture_on_commit_callbacks(execute=True):
        response = client.delete(address(replay))
    assert (response.status_code, response["Location"], answer(replay)) == (303, page, "no")
    assert Replay.objects.get().state == "waiting"
    left = client.get(page).content.decode()
    assert "You are out." in left and BUTTON not in left


@pytest.mark.parametrize(
    "fields",
    [GONE, {"state": "empty"}, {"state": "failed"}, {"expires_at": timezone.now() - timedelta(days=1)}],
    ids=["deleted", "empty", "failed", "expired"],
)
def test_however_the_replay_stands_its_page_and_that_of_what_is_kept_lead_out(fields):
    replay = episode(**fields)
    client, others = signed_in(recorded.person("speaker")), signed_in(recorded.person("stranger"))
    for name in ("replay", "retention"):
        assert BUTTON in client.get(address(replay, name)).content.decode()
        assert BUTTON not in others.get(address(replay, name)).content.decode()
    response = client.delete(address(replay))
    assert (response.status_code, response["Location"]) == (303, address(replay, "replay"))
    for name in ("replay", "retention"):
        assert BUTTON not in client.get(address(replay, name)).content.decode()


def test_out_of_a_deleted_replay_one_is_out_of_what_its_host_could_take_along(django_capture_on_commit_callbacks):
    replay = episode()
    now = timezone.now()
    times = {"asked_at": now, "ready_at": now, "expires_at": now + timedelta(days=1)}
    taken = SessionExport.objects.create(
        copy=replay.space.copy, user=replay.space.host, kind="host", state="ready", **times
    )
    purge.replay(replay=replay)
    with django_capture_on_commit_callbacks(execute=True):
        signed_in(recorded.person("speaker")).delete(address(replay))
    assert not SessionExport.objects.filter(pk=taken.pk, state="ready", expires_at__gt=timezone.now()).exists()


def test_of_a_space_that_has_no_replay_yet_one_gets_out_on_the_page_of_what_is_kept():
    space = recorded.space((), recorded=[(0, 60)], lasted=60)
    stay = recorded._seated(space, "speaker", "yes")
    client = signed_in(stay.user)
    assert BUTTON in client.get(reverse("retention", args=[space.slug])).content.decode()
    response = client.delete(reverse("replay_voice", args=[space.slug]))
    assert (response.status_code, response["Location"]) == (303, space.get_absolute_url())
    assert recorded.of(space, "speaker").recording_answer == "no"


def test_one_gets_out_of_the_replay_of_a_host_who_is_gone():
    replay = episode()
    User.objects.filter(pk=replay.space.host_id).update(is_active=False)
    client = signed_in(recorded.person("speaker"))
    assert client.get(address(replay, "replay")).status_code == 404
    assert BUTTON in text(client.get(address(replay, "retention")).content.decode())
    assert client.delete(address(replay)).status_code == 303
    assert answer(replay) == "no"


def test_whether_there_is_a_replay_is_not_told_to_whoever_is_not_in_it():
    replay = episode(visibility="private")
    hidden = episode(host=recorded.person("other"), space={"is_private": True})
    for client in (signed_in(None), signed_in(recorded.person("stranger"))):
        assert client.delete(address(replay)).status_code == 409
        assert client.delete(address(hidden)).status_code == 404
