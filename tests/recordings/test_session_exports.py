"""Own data of a session: who gets it, how long, and that it goes with what it was made of."""

import hashlib
from datetime import timedelta

import pytest
import time_machine
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from accounts import links
from recordings.models import Copy, SessionExport
from recordings.refusals import Refused
from recordings.services import exports
from rooms.models import Participant, Space
from tests.support import recorded
from tests.support.cast import PASSWORD, live_space, user
from tests.support.copies import signed_in
from tests.support.recorded import Talk
from tests.support.taken import ask_at, file_at, link_at, page, say, take

pytestmark = pytest.mark.django_db

SHORT = (Talk("host", 1, 5, tone=440), Talk("speaker", 5, 9, tone=880), Talk("cohost", 9, 13, tone=660))


@pytest.fixture
def space() -> Space:
    return recorded.space(SHORT, answers={"cohost": "no"})


@pytest.fixture
def ready(space) -> SessionExport:
    return take(space)


# --- Asking ---


def test_visitors_are_led_to_where_one_signs_in_and_ask_for_nothing(client, space):
    assert client.get(page(space)).url.startswith("/account/login/")
    assert client.post(ask_at(space)).status_code == 403


def test_whoever_only_listened_or_was_not_there_has_no_data_of_it(space):
    listener = user("listener")
    Participant.objects.create(space=space, user=listener, joined_at=space.started_at, left_at=space.ended_at)
    for person in (listener, user("stranger")):
        assert signed_in(person).get(page(space)).status_code == 403
        assert signed_in(person).post(ask_at(space)).status_code == 403


def test_nobody_gets_it_without_saying_who_they_are(space):
    assert signed_in(space.host).post(ask_at(space)).url.startswith("/account/reauthenticate/")
    assert not SessionExport.objects.exists()


def test_a_speaker_cannot_ask_for_the_session(space):
    with pytest.raises(Refused, match="session_of_the_host"):
        exports.ask(space=space, kind="host", by=recorded.person("speaker"))


def test_a_live_space_is_not_taken_anywhere():
    cast = live_space()
    Copy.objects.create(space=cast.space)
    with pytest.raises(Refused, match="session_goes_on"):
        exports.ask(space=cast.space, kind="host", by=cast.host.user)
    assert "has not ended" in signed_in(cast.host.user).get(page(cast.space)).content.decode()


def test_where_nothing_was_kept_there_is_nothing_to_take(space):
    Copy.objects.all().delete()
    with pytest.raises(Refused, match="session_gone"):
        exports.ask(space=space, kind="host", by=space.host)
    assert "Nothing is kept" in signed_in(space.host).get(page(space)).content.decode()


def test_a_speaker_of_whom_nothing_is_written_down_has_no_words(space):
    with pytest.raises(Refused, match="words_none"):
        exports.ask(space=space, kind="speaker", by=recorded.person("speaker"))
    html = signed_in(recorded.person("speaker")).get(page(space)).content.decode()
    assert "no transcript" in html and '<form method="post" action="/spaces/' not in html


def test_a_third_in_a_day_is_refused_and_the_next_day_it_is_not(space):
    for _ in range(2):
        take(space)
    with pytest.raises(Refused, match="exports_spent"):
        exports.ask(space=space, kind="host", by=space.host)
    with time_machine.travel(timezone.now() + timedelta(days=1, seconds=1)):
        assert exports.ask(space=space, kind="host", by=space.host).state == "queued"


def test_one_at_a_time(space):
    first = exports.ask(space=space, kind="host", by=space.host)
    assert exports.ask(space=space, kind="host", by=space.host) == first


def test_with_the_password_it_is_asked_for_and_the_page_says_how_far_it_is(space):
    client = signed_in(space.host)
    client.post(client.post(ask_at(space)).url, {"password": PASSWORD, "next": ask_at(space)})
    export = SessionExport.objects.get()
    assert (export.state, export.kind) == ("queued", "host")
    html = client.get(page(space)).content.decode()
    assert "Waiting for its turn" in html and 'hx-trigger="every 2s"' in html
    SessionExport.objects.update(state="making", done=2, parts=7)
    assert "2 of 7 parts" in client.get(ask_at(space)).content.decode()


# --- Getting it ---


def test_a_link_is_for_its_owner_alone(ready):
    speaker = signed_in(recorded.person("speaker"))
    assert speaker.post(link_at(ready)).status_code == 404
    assert speaker.get(file_at(ready)).status_code == 404
    assert Client().get(file_at(ready)).url.startswith("/account/login/")


def test_a_host_who_handed_over_keeps_no_way_in(ready):
    client, space = signed_in(ready.user), ready.copy.space
    Space.objects.filter(pk=space.pk).update(host=user("heir"))
    assert client.post(link_at(ready)).status_code == 404
    assert client.get(file_at(ready)).status_code == 404


def test_a_wrong_token_opens_nothing(ready):
    client = signed_in(ready.user)
    for token in ("x", links.token(ready, timezone.now())[:-1]):
        assert client.get(file_at(ready, token)).status_code == 404


def test_another_space_does_not_lead_to_it(ready):
    other = recorded.space((Talk("host", 1, 2),), title="Another")
    address = reverse("session_link", args=[other.slug, ready.pk])
    assert signed_in(ready.user).post(address).status_code == 404


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 404), (1, 404)])
def test_a_link_holds_for_a_quarter_of_an_hour(ready, seconds, status):
    now = timezone.now().replace(microsecond=0)
    token = links.token(ready, now)
    with time_machine.travel(now + timedelta(minutes=15, seconds=seconds), tick=False):
        response = signed_in(ready.user).get(file_at(ready, token))
    assert response.status_code == status
    response.close()


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 410), (1, 410)])
def test_it_is_unreadable_from_the_second_it_expires(ready, seconds, status):
    with time_machine.travel(ready.expires_at + timedelta(seconds=seconds), tick=False):
        client = signed_in(ready.user)
        assert client.post(link_at(ready)).status_code == status
        response = client.get(file_at(ready))
    assert response.status_code == status
    response.close()


@pytest.mark.parametrize(("seconds", "status"), [(-1, 200), (0, 404), (1, 404)])
def test_it_is_unreadable_from_the_second_its_copy_expires(ready, seconds, status):
    """A report was dismissed: the copy goes sooner than was known when the zip was made."""
    soon = timezone.now().replace(microsecond=0) + timedelta(minutes=5)
    Copy.objects.update(expires_at=soon)
    with time_machine.travel(soon + timedelta(seconds=seconds), tick=False):
        client = signed_in(ready.user)
        assert client.post(link_at(ready)).status_code == status
        response = client.get(file_at(ready))
    assert response.status_code == status
    response.close()


async def test_the_file_comes_in_pieces_and_is_what_its_row_says(transactional_db, space):
    ready, client = await sync_to_async(take)(space), AsyncClient()
    await client.aforce_login(space.host)
    response = await client.get(await sync_to_async(file_at)(ready))
    data = b"".join([piece async for piece in response.streaming_content])
    assert (len(data), hashlib.sha256(data).hexdigest()) == (ready.size, ready.sha256)
    assert response["Content-Length"] == str(ready.size) and "no-store" in response["Cache-Control"]
    assert response["Content-Disposition"].startswith("attachment")
    assert f'filename="openfloor-{space.slug}-' in response["Content-Disposition"]


def test_the_button_makes_a_link_that_says_how_long_it_holds(ready):
    html = signed_in(ready.user).post(link_at(ready)).content.decode()
    assert "Download it" in html and "15 minutes" in html


def test_a_speaker_gets_their_own_words(space):
    say(recorded.of(space, "speaker"), "Tomatoes like the south side.", 5, 8)
    export = take(space, by=recorded.person("speaker"))
    assert signed_in(space.host).get(file_at(export)).status_code == 404
    response = signed_in(recorded.person("speaker")).get(file_at(export))
    assert response.status_code == 200
    response.close()


async def test_a_download_that_broke_off_goes_on_where_it_was(transactional_db, space):
    ready, client = await sync_to_async(take)(space), AsyncClient()
    await client.aforce_login(space.host)
    response = await client.get(await sync_to_async(file_at)(ready), headers={"Range": "bytes=100-"})
    rest = b"".join([piece async for piece in response.streaming_content])
    assert response.status_code == 206 and len(rest) == ready.size - 100


def test_the_way_there_is_shown_to_those_who_have_data_of_it(space):
    kept = reverse("retention", args=[space.slug])
    assert page(space) in signed_in(space.host).get(space.get_absolute_url()).content.decode()
    assert "Take this session" in signed_in(space.host).get(kept).content.decode()
    assert "Take your words" in signed_in(recorded.person("speaker")).get(kept).content.decode()
    for client in (Client(), signed_in(user("stranger"))):
        for address in (kept, space.get_absolute_url()):
            assert page(space) not in client.get(address).content.decode()
