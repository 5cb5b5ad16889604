"""Around a block: what was open between the two ends, pages say why one is out, and people are warned of speakers."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.services import blocks
from rooms import selectors
from rooms.services import invitations, links, reminders, schedule, stage
from tests.support import cast
from tests.support.invited import ask
from tests.support.planned import accepted, plan

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def room(transactional_db) -> cast.Cast:
    return cast.live_space()


# --- What was open between the two ---


@pytest.mark.parametrize("blocker", ["asked", "asks"])
def test_a_block_withdraws_what_either_asked_the_other(room, blocker):
    asked, asks = cast.user("asked"), room.cohost.user
    invitation = invitations.invite(space=room.space, user=asked, kind="speak", by=asks)
    blocks.block(person=asks if blocker == "asked" else asked, by=asked if blocker == "asked" else asks)
    invitation.refresh_from_db()
    assert invitation.state == "withdrawn" and selectors.invitations_to(asked) == []


def test_a_block_ends_a_reminder_of_what_the_blocked_one_hosts(room):
    space, reader = plan(cast.user("planner")), cast.user("reader")
    reminders.ask(space=space, by=reader)
    blocks.block(person=space.host, by=reader)
    assert not selectors.reminded(space, reader) and selectors.waiting(space) == set()


def test_of_a_host_who_blocked_them_people_are_told_no_more_until_they_are_unblocked(room):
    space, reader = plan(cast.user("planner")), cast.user("reader")
    reminders.ask(space=space, by=reader)
    assert selectors.calendar_of(reader, timezone.now()) == [space]
    blocks.block(person=reader, by=space.host)
    assert selectors.calendar_of(reader, timezone.now()) == [] and selectors.waiting(space) == set()
    blocks.unblock(person=reader, by=space.host)
    assert selectors.calendar_of(reader, timezone.now()) == [space] and selectors.waiting(space) == {reader.pk}


# --- Pages ---


def as_seen_by(user, space) -> str:
    client = Client()
    client.force_login(user)
    response = client.get(space.get_absolute_url())
    return response.content.decode() if response.status_code == 200 else str(response.status_code)


@pytest.mark.parametrize("state", ["live", "scheduled"])
def test_its_page_says_so_in_the_place_of_the_button(state):
    space = plan(cast.user("planner"), "Gardens") if state == "scheduled" else cast.live_space("Gardens").space
    stranger = cast.user("stranger")
    assert "Gardens" in as_seen_by(stranger, space)
    blocks.block(person=stranger, by=space.host)
    page = as_seen_by(stranger, space)
    assert "Its host or a co-host blocked you" in page
    assert 'id="listen"' not in page and "Gardens" not in page


def test_listening_anyway_is_refused_in_a_sentence(room):
    stranger = cast.user("stranger")
    blocks.block(person=stranger, by=room.host.user)
    client = Client()
    client.force_login(stranger)
    response = client.post(reverse("attendance", args=[room.space.slug]), headers={"HX-Request": "true"})
    assert response.status_code == 403 and "blocked you" in response.content.decode()


def test_a_private_space_does_not_exist_for_whom_its_host_blocked():
    space, friend = plan(cast.user("planner"), is_private=True), cast.user("friend")
    accepted(space, friend)
    _, token = links.make(space=space, by=space.host)
    client = Client()
    client.force_login(friend)
    client.get(reverse("join", args=[token]))
    assert client.get(space.get_absolute_url()).status_code == 200
    blocks.block(person=friend, by=space.host)
    assert client.get(space.get_absolute_url()).status_code == 404
    assert client.get(reverse("space_ics", args=[space.slug])).status_code == 404


def test_whoever_was_inside_a_private_one_is_told_why_they_are_out():
    planned = plan(cast.user("planner"), "Gardens", is_private=True)
    friend = cast.user("friend")
    ask(planned, friend, "listen")
    space = schedule.go_live(space=planned, by=planned.host)
    cast.enter(space, friend)
    blocks.block(person=friend, by=space.host)
    page = as_seen_by(friend, space)
    assert "Its host or a co-host blocked you" in page and "Gardens" not in page


# --- Warned ---


def test_whoever_blocked_a_speaker_is_warned_before_they_come_in_and_inside(room, django_assert_num_queries):
    reader = cast.user("reader")
    assert "you blocked" not in as_seen_by(reader, room.space)
    blocks.block(person=room.speaker.user, by=reader)
    assert "Somebody you blocked is on stage: Speaker." in as_seen_by(reader, room.space)
    cast.enter(room.space, reader)
    page = as_seen_by(reader, room.space)
    assert page.count("Somebody you blocked is on stage: Speaker.") == 1
    with django_assert_num_queries(1):
        assert selectors.blocked_on_stage(room.space, reader) == [room.speaker.user]
    stage.free_seat(participant=room.speaker, by=room.host)
    assert "you blocked" not in as_seen_by(reader, room.space)


def test_only_those_inside_who_blocked_somebody_are_warned_of_them(room, django_assert_num_queries):
    blocks.block(person=room.speaker.user, by=room.listener.user)
    blocks.block(person=room.speaker.user, by=cast.user("elsewhere"))
    with django_assert_num_queries(1):
        assert selectors.warned_of(room.space.pk, [room.speaker.pk, room.cohost.pk]) == [room.listener.pk]
    with django_assert_num_queries(0):
        assert selectors.warned_of(room.space.pk, []) == []
    with django_assert_num_queries(2):
        assert selectors.to_see_off(room.space) == []
    with django_assert_num_queries(1):
        assert selectors.shut_out_accounts(room.space.pk) == []
    with django_assert_num_queries(1):
        assert selectors.concerned(room.listener.user_id, room.speaker.user_id) == []
