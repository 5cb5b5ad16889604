"""WHIP and WHEP at the door, before any relay: every refusal has its status, a code and a sentence (RFC 9725, 9457)."""

import json

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.test import AsyncClient, Client
from django.urls import reverse

from rooms.identity import GUEST_COOKIE, bearer_token, new_guest
from rooms.services import attendance, removal, spaces, stage
from tests.support import cast

SDP = "application/sdp"


@pytest.fixture
def room(committed_room):
    """These views give their connection back before they wait, which a test's open transaction would not survive."""
    return committed_room


OFFER = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n"


def post(room, endpoint, who=None, *, client=None, token="", body=OFFER, content_type=SDP, slug=None):
    headers = {"Authorization": f"Bearer {token or bearer_token(who)}"} if token or who else {}
    address = reverse(endpoint, args=[slug or room.space.slug])
    return (client or Client()).post(address, data=body, content_type=content_type, headers=headers)


def problem(response) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == response.status_code
    assert body["title"].endswith("."), "a sentence for people"
    return response.status_code, body["code"]


@pytest.mark.parametrize("endpoint", ["whep", "whip"])
class TestBoth:
    def test_an_unknown_space_is_404(self, room, endpoint):
        assert problem(post(room, endpoint, slug="nowhere")) == (404, "unknown_space")

    def test_a_visitor_who_has_not_joined_is_403(self, room, endpoint):
        assert problem(post(room, endpoint)) == (403, "not_inside")

    def test_a_forged_token_is_401(self, room, endpoint):
        response = post(room, endpoint, token="made-up")
        assert problem(response) == (401, "token")
        assert response["WWW-Authenticate"] == "Bearer"

    def test_a_token_of_another_space_is_401(self, room, endpoint):
        other = spaces.start(title="Next door", speak_permission="invited", by=cast.user("neighbour"))
        stranger = cast.enter(other, cast.user("stranger"))
        assert problem(post(room, endpoint, stranger)) == (401, "token")

    def test_somebody_who_left_is_403(self, room, endpoint):
        attendance.leave(participant=room.speaker, by=room.speaker)
        assert problem(post(room, endpoint, room.speaker)) == (403, "not_inside")

    def test_somebody_who_was_removed_is_403(self, room, endpoint):
        removal.remove(participant=room.speaker, by=room.host)
        assert problem(post(room, endpoint, room.speaker)) == (403, "removed")

    def test_an_ended_space_is_410(self, room, endpoint):
        spaces.end(space=room.space, by=room.host)
        assert problem(post(room, endpoint, room.host)) == (410, "ended")

    def test_an_ended_space_is_410_also_for_strangers(self, room, endpoint):
        spaces.end(space=room.space, by=room.host)
        assert problem(post(room, endpoint)) == (410, "ended")

    def test_anything_but_sdp_is_415(self, room, endpoint):
        response = post(room, endpoint, room.host, body="{}", content_type="application/json")
        assert problem(response) == (415, "media_type")

    @pytest.mark.parametrize("size", [8 * 1024 + 1, 80 * 1024])
    def test_more_than_8_kib_is_413(self, room, endpoint, size):
        assert problem(post(room, endpoint, room.host, body="v" * size)) == (413, "too_large")

    def test_bytes_that_are_no_text_are_422(self, room, endpoint):
        assert problem(post(room, endpoint, room.host, body=b"\xff\xfe\x00")) == (422, "not_sdp")

    def test_too_many_offers_are_429(self, room, endpoint):
        answers = {problem(post(room, endpoint, room.host)) for _ in range(31)}
        assert (429, "too_often") in answers

    def test_too_many_offers_from_one_address_are_429(self, room, endpoint):
        assert problem(post(room, endpoint, room.host))[0] != 429
        cache.incr("limit:offers:127.0.0.1", 600)
        assert problem(post(room, endpoint, room.host)) == (429, "too_often")

    def test_no_relay_is_503_and_says_when_to_try_again(self, room, endpoint):
        response = post(room, endpoint, room.host)
        assert problem(response) == (503, "no_relay")
        assert int(response["Retry-After"]) >= 1

    def test_get_and_put_are_405(self, room, endpoint):
        address = reverse(endpoint, args=[room.space.slug])
        assert Client().get(address).status_code == 405
        assert Client().put(address).status_code == 405

    def test_ice_restart_by_patch_is_405(self, room, endpoint):
        address = reverse(f"{endpoint}_session", args=[room.space.slug, "some-session"])
        assert Client().patch(address, content_type="application/trickle-ice-sdpfrag").status_code == 405

    def test_a_cookie_without_a_csrf_token_is_403(self, room, endpoint):
        """Another site cannot open somebody's microphone."""
        client = Client(enforce_csrf_checks=True)
        client.force_login(room.host.user)
        assert problem(post(room, endpoint, client=client)) == (403, "csrf")

    def test_ending_a_session_that_is_not_there_is_404(self, room, endpoint):
        address = reverse(f"{endpoint}_session", args=[room.space.slug, "some-session"])
        response = Client().delete(address, headers={"Authorization": f"Bearer {bearer_token(room.host)}"})
        assert problem(response) == (404, "no_session")


def test_a_listener_has_no_uplink(room):
    assert problem(post(room, "whip", room.listener)) == (403, "no_seat")


def test_a_raised_hand_is_no_grant(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    assert problem(post(room, "whip", room.listener)) == (403, "no_seat")


def test_an_accepted_person_before_a_full_stage_is_409(room, settings):
    settings.MAX_SEATS = 3
    stage.offer_seat(participant=room.listener, by=room.host)
    assert problem(post(room, "whip", room.listener)) == (409, "stage_full")


async def test_a_guest_with_a_cookie_gets_as_far_as_the_relay(committed_room):
    person, cookie = new_guest()
    await sync_to_async(attendance.join)(space=committed_room.space, by=person)
    client = AsyncClient()
    client.cookies[GUEST_COOKIE] = cookie
    response = await client.post(f"/spaces/{committed_room.space.slug}/whep", data=OFFER, content_type=SDP)
    assert problem(response) == (503, "no_relay")


def test_a_token_opens_no_page(room):
    """A bearer token is for sound; everything else wants the person."""
    response = Client().post(
        reverse("hand", args=[room.space.slug]), headers={"Authorization": f"Bearer {bearer_token(room.listener)}"}
    )
    assert response.status_code == 403
    assert room.now("listener").hand == "down"


def test_the_page_hands_out_a_token_to_those_inside_only(room):
    client = Client()
    address = reverse("token", args=[room.space.slug])
    assert client.post(address).status_code == 403
    client.force_login(room.speaker.user)
    facts = client.post(address)
    assert facts["Cache-Control"] == "no-store"
    assert problem(post(room, "whip", token=facts.json()["token"])) == (503, "no_relay")
