"""Who may fetch the sound of a replay, and until when."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import storages
from django.test import Client
from django.urls import reverse

from recordings.models import Replay
from tests.support import episodes, recorded
from tests.support.episodes import SOUND, signed_in

pytestmark = pytest.mark.django_db


def fetch(replay: Replay, client: Client | None = None, kind: str = "m4a", **headers):
    return (client or Client()).get(reverse("replay_audio", args=[replay.space.slug, kind]), headers=headers)


def content(response) -> bytes:
    return b"".join(response)


def test_a_private_replay_is_for_the_host_and_those_who_spoke():
    replay = episodes.episode(visibility=Replay.Visibility.PRIVATE)
    assert fetch(replay).status_code == 404
    assert fetch(replay, signed_in(recorded.person("stranger"))).status_code == 404
    for name in ("host", "speaker"):
        response = fetch(replay, signed_in(recorded.person(name)))
        assert response.status_code == 200
        assert response["Cache-Control"] == "private, no-store"


def test_a_private_space_and_its_replay_do_not_exist_for_strangers():
    replay = episodes.episode(space={"is_private": True})
    assert fetch(replay).status_code == 404
    assert fetch(replay, signed_in(recorded.person("stranger"))).status_code == 404
    assert fetch(replay, signed_in(recorded.person("speaker")))["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("state", ["waiting", "mixing", "failed", "empty"])
def test_what_is_not_ready_is_not_there(state):
    assert fetch(episodes.episode(state=state), signed_in(recorded.person("host"))).status_code == 404


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 404), (1, 404)])
def test_a_replay_is_gone_at_the_second_it_expires(seconds, status):
    replay = episodes.episode()
    with time_machine.travel(replay.expires_at + timedelta(seconds=seconds), tick=False):
        for client in (Client(), signed_in(recorded.person("host"))):
            for kind in SOUND:
                assert fetch(replay, client, kind).status_code == status
                assert fetch(replay, client, kind, range="bytes=0-3").status_code == (206 if status == 200 else 404)


def test_what_expires_while_it_is_sent_breaks_off():
    replay = episodes.episode()
    with time_machine.travel(replay.expires_at - timedelta(seconds=1), tick=False) as clock:
        response = fetch(replay)
        assert response.status_code == 200
        clock.shift(timedelta(seconds=1))
        with pytest.warns(Warning, match="asynchronous"):
            assert content(response) == b""


def test_a_file_that_storage_lost_is_not_found():
    replay = episodes.episode()
    storages["copies"].delete(replay.m4a)
    assert fetch(replay).status_code == 404


@pytest.mark.filterwarnings("ignore:StreamingHttpResponse must consume")
def test_both_files_can_be_fetched_whole_and_in_part():
    replay = episodes.episode()
    for kind, sound in SOUND.items():
        assert content(fetch(replay, kind=kind)) == sound
        assert content(fetch(replay, kind=kind, range="bytes=2-4")) == sound[2:5]


def test_a_title_becomes_the_name_of_a_file_that_every_system_knows():
    replay = episodes.episode(title='a/b:"c" \\ <d>? ü')
    assert fetch(replay)["Content-Disposition"] == "inline; filename*=utf-8''a%20b%20c%20d%20%C3%BC.m4a"


def test_nginx_is_told_where_the_file_lies(settings):
    settings.MEDIA_ACCEL_PREFIX = "/copies/"
    replay = episodes.episode()
    response = fetch(replay)
    assert response["X-Accel-Redirect"] == f"/copies/{replay.m4a}"
    assert response["Content-Type"] == "audio/mp4"
    assert response.content == b""
    assert fetch(episodes.episode(host=recorded.person("other"), state="failed")).status_code == 404


def test_who_has_it_already_is_told_so():
    replay = episodes.episode()
    etag = fetch(replay)["ETag"]
    response = fetch(replay, **{"if-none-match": etag})
    assert (response.status_code, response["ETag"], response["Cache-Control"]) == (304, etag, "no-cache")


class Elsewhere:
    """A store that signs links, as django-storages' for S3 does."""

    def path(self, name):
        raise NotImplementedError

    def url(self, name, *, parameters, expire):
        assert parameters["ResponseContentType"] == "audio/mp4"
        return f"https://store.example.org/{name}?for={expire}"


@pytest.mark.parametrize(
    ("fields", "before", "signed_for"),
    [
        ({}, timedelta(days=2), 900),
        ({"visibility": "private"}, timedelta(days=2), 60),
        ({"space": {"is_private": True}}, timedelta(days=2), 60),
        ({"visibility": "private"}, timedelta(seconds=30), 30),
        ({}, timedelta(seconds=30), 30),
    ],
)
def test_a_store_elsewhere_is_linked_to_for_so_long_and_never_past_the_end(monkeypatch, fields, before, signed_for):
    replay = episodes.episode(**fields)
    monkeypatch.setattr("recordings.streaming.storages", {"copies": Elsewhere()})
    with time_machine.travel(replay.expires_at - before, tick=False):
        response = fetch(replay, signed_in(replay.space.host))
    assert response.status_code == 302
    assert response["Location"] == f"https://store.example.org/{replay.m4a}?for={signed_for}"
    assert response["Cache-Control"] == "private, no-store"
