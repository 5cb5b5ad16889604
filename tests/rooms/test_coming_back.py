"""Whoever was removed tries to come back with the browser they have."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms.identity import GUEST_COOKIE
from rooms.models import Participant
from rooms.services import removal, schedule, spaces, succession
from tests.support import cast


def join(client: Client, room) -> int:
    return client.post(reverse("attendance", args=[room.space.slug])).status_code


def remove_whoever_came_last(room) -> None:
    removal.remove(participant=Participant.objects.filter(space=room.space).latest("joined_at"), by=room.host)


@pytest.fixture
def removed_account(room) -> Client:
    client = Client()
    client.force_login(cast.user("rowdy"))
    assert join(client, room) == 303
    remove_whoever_came_last(room)
    return client


@pytest.fixture
def removed_guest(room) -> Client:
    client = Client()
    assert join(client, room) == 303
    remove_whoever_came_last(room)
    return client


def test_the_account_itself(removed_account, room):
    assert join(removed_account, room) == 403


def test_signed_out_as_a_guest(removed_account, room):
    cookie = removed_account.cookies[GUEST_COOKIE]
    # Which Django's test client throws away with the session.
    removed_account.logout()
    removed_account.cookies[GUEST_COOKIE] = cookie.value
    assert join(removed_account, room) == 403


def test_with_another_account(removed_account, room):
    removed_account.force_login(cast.user("other"))
    assert join(removed_account, room) == 403


def test_from_another_browser_with_the_account(removed_account, room):
    elsewhere = Client()
    elsewhere.force_login(Participant.objects.get(space=room.space, user__handle="rowdy").user)
    assert join(elsewhere, room) == 403


def test_a_guest_with_the_cookie(removed_guest, room):
    assert join(removed_guest, room) == 403


def test_a_guest_who_signs_in(removed_guest, room):
    removed_guest.force_login(cast.user("rowdy"))
    assert join(removed_guest, room) == 403


def test_others_come_in_as_before(removed_guest, removed_account, room):
    assert join(Client(), room) == 303


def test_into_another_space_they_may_go(removed_account, room):
    next_door = spaces.start(title="Next door", speak_permission="invited", by=cast.user("neighbour"))
    assert removed_account.post(reverse("attendance", args=[next_door.slug])).status_code == 303


@pytest.mark.parametrize("how", ["at once", "planned"])
def test_a_former_host_signed_out_as_a_guest(db, how):
    client, host = Client(), cast.user("rowdy")
    client.force_login(host)
    if how == "at once":
        assert client.post(reverse("spaces"), {"title": "Mine", "when": "now"}).status_code == 302
    else:
        space = schedule.plan(title="Mine", scheduled_for=timezone.now() + timedelta(hours=1), by=host)
        assert client.post(reverse("airing", args=[space.slug])).status_code == 303
    former = Participant.objects.get(user=host)
    heir = cast.seat(cast.enter(former.space, cast.user("heir")), by=former)
    succession.hand_over(participant=heir, by=former)
    removal.remove(participant=former, by=heir)
    cookie = client.cookies[GUEST_COOKIE]
    client.logout()
    client.cookies[GUEST_COOKIE] = cookie.value
    assert join(client, cast.Cast(space=former.space, host=heir)) == 403


def test_once_lifted_they_may_come_in_either_way(removed_account, room):
    rowdy = Participant.objects.get(space=room.space, user__handle="rowdy")
    removal.lift(participant=rowdy, by=room.host)
    assert join(removed_account, room) == 303
