"""The end of a Space, live and on the page that stays: why, how long, who spoke, what became of the sound."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Block, User
from accounts.services.graph import follow
from rooms import fragments
from rooms.identity import Person
from rooms.models import Space
from rooms.roles import Role
from rooms.services import attendance, clock, removal, schedule, spaces, stage, succession
from rooms.views.ending import ended_context
from tests.rooms.test_pages import client_of
from tests.support import cast
from tests.support.live import Visitor


def end(room: cast.Cast) -> None:
    spaces.end(space=room.space, by=room.host)


def vanish(room: cast.Cast, *, host_gone_for: timedelta) -> None:
    """No co-host is left to take over, and the host has not been heard of for so long."""
    stage.free_seat(participant=room.cohost, by=room.host)
    attendance.leave(participant=room.host, by=None)
    Space.objects.filter(pk=room.space.pk).update(closing_at=timezone.now() - host_gone_for)


def leave_alone(room: cast.Cast) -> None:
    vanish(room, host_gone_for=timedelta(seconds=1))
    clock.tick(space_id=room.space.pk)


def desert(room: cast.Cast) -> None:
    """Everybody left long ago, the host last."""
    stage.free_seat(participant=room.cohost, by=room.host)
    for person in room.people.values():
        attendance.leave(participant=person, by=person)
    long_ago = timezone.now() - timedelta(hours=1)
    room.space.participants.exclude(role=Role.HOST).update(left_at=long_ago)
    attendance.leave(participant=room.host, by=None)


def close_by_staff(room: cast.Cast) -> None:
    spaces.end_for_violation(space=room.space, reason="hate", by=cast.user("staff", is_staff=True))


CAUSES = {
    "host": (end, "Host closed it for everybody."),
    "host_gone": (leave_alone, "Its host was gone for too long, and nobody was there to take over."),
    "empty": (desert, "Everybody had left."),
    "staff": (close_by_staff, "The people who run this server ended it."),
}


def page_of(room: cast.Cast, client: Client | None = None) -> str:
    return (client or Client()).get(room.space.get_absolute_url()).content.decode()


def spoke(page: str) -> list[str]:
    """Names under "Who was on stage", from the top."""
    part = page.split('id="spoke-title"')[1].split("</section>")[0]
    return [piece.split("<")[0] for piece in part.split('class="spoke-name">')[1:]]


@pytest.mark.parametrize("cause", CAUSES)
def test_the_page_says_how_it_ended(room, cause):
    act, sentence = CAUSES[cause]
    act(room)
    room.space.refresh_from_db()
    assert room.space.end_cause == cause
    page = page_of(room)
    assert f"This Space has ended. {sentence}" in page
    for gone in ('id="listen"', 'id="stage"', "ws-connect", "Anyone may speak"):
        assert gone not in page


@pytest.mark.parametrize("cause", CAUSES)
async def test_everybody_with_the_page_open_learns_of_the_end_and_why(committed_room, cause):
    act, sentence = CAUSES[cause]
    outside = await Visitor(committed_room.space.slug, {}).open()
    await database_sync_to_async(act)(committed_room)
    await outside.until(lambda: sentence in outside.page.elements["space-header"])
    assert 'data-state="ended"' in outside.page.elements["space-header"]
    await outside.close()


async def test_people_inside_lose_the_dock_with_the_end_and_read_why(committed_room):
    client = await database_sync_to_async(client_of)(committed_room.listener)
    inside = await Visitor(committed_room.space.slug, {"sessionid": client.cookies["sessionid"].value}).open()
    await database_sync_to_async(end)(committed_room)
    await inside.until(lambda: 'data-inside="0"' in inside.page.elements["dock-body"])
    assert "This Space has ended." in inside.page.elements["dock-body"]
    assert "Host closed it for everybody." in inside.page.elements["space-header"]
    await inside.close()


def test_a_host_who_took_over_is_the_one_who_closed_it(room):
    succession.hand_over(participant=room.cohost, by=room.host)
    spaces.end(space=room.space, by=room.now("cohost"))
    page = page_of(room)
    assert "Cohost closed it for everybody." in page and spoke(page)[0] == "Cohost"


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=1), "1\xa0minute"),
        (timedelta(hours=2, minutes=5), "2\xa0hours, 5\xa0minutes"),
    ],
)
def test_the_page_says_when_it_was_and_how_long(room, length, words):
    end(room)
    Space.objects.update(ended_at=room.space.started_at + length)
    page = page_of(room)
    assert f"lasted {words}." in page
    assert f'<time datetime="{room.space.started_at:%Y-%m-%dT%H:%M:%SZ}" data-when="both">' in page


def test_who_was_on_stage_stays_the_host_first_then_who_was_heard_longest(room):
    late = cast.seat(cast.enter(room.space, cast.user("late")), by=room.host)
    room.space.participants.filter(pk=late.pk).update(talk_ms=60_000)
    stage.free_seat(participant=room.speaker, by=room.speaker)
    attendance.leave(participant=room.speaker, by=room.speaker)
    end(room)
    assert spoke(page_of(room)) == ["Host", "Late", "Cohost", "Speaker"]


def test_whoever_was_removed_is_introduced_to_nobody(room):
    removal.remove(participant=room.speaker, by=room.host)
    end(room)
    assert spoke(page_of(room)) == ["Host", "Cohost"]


def test_whoever_is_leaving_or_suspended_is_introduced_to_nobody(room):
    end(room)
    User.objects.filter(pk=room.cohost.user_id).update(closing_at=timezone.now())
    User.objects.filter(pk=room.speaker.user_id).update(is_active=False)
    assert spoke(page_of(room)) == ["Host"]


@pytest.mark.parametrize("blocker", ["speaker", "listener"])
def test_people_between_whom_a_block_stands_are_not_introduced_to_each_other(room, blocker):
    end(room)
    Block.objects.create(
        blocker=getattr(room, blocker).user,
        blocked=(room.listener if blocker == "speaker" else room.speaker).user,
    )
    assert spoke(page_of(room, client_of(room.listener))) == ["Host", "Cohost"]
    assert spoke(page_of(room)) == ["Host", "Cohost", "Speaker"]


def test_whoever_spoke_and_came_back_unnamed_stands_there_as_everybody_who_spoke(room):
    attendance.leave(participant=room.speaker, by=room.speaker)
    attendance.join(space=room.space, by=Person(user=room.speaker.user), unnamed=True)
    end(room)
    assert spoke(page_of(room, client_of(room.listener))) == ["Host", "Cohost", "Speaker"]


def test_signed_in_people_follow_those_who_spoke_from_there(room):
    follow(person=room.speaker.user, by=room.listener.user)
    end(room)
    page = page_of(room, client_of(room.listener))
    for handle, pressed in (("host", "false"), ("cohost", "false"), ("speaker", "true")):
        button = page.split(f'<button id="follow-{handle}"')[1].split(">")[0]
        assert f'aria-pressed="{pressed}"' in button and reverse("follow", args=[handle]) in button
    assert 'id="follow-cohost"' not in page_of(room, client_of(room.cohost))


def test_visitors_without_an_account_see_who_spoke_and_no_buttons(room):
    end(room)
    page = page_of(room)
    assert spoke(page) == ["Host", "Cohost", "Speaker"] and 'id="follow-' not in page


def test_the_page_says_that_no_copy_is_kept(room):
    end(room)
    page = page_of(room)
    assert "This server keeps no copy of the sound" in page and "none was made" not in page


def test_whoever_wished_for_a_recording_is_told_that_there_is_none(room):
    spaces.change_settings(space=room.space, by=room.host.user, recording_wanted=True)
    end(room)
    assert "The host had wished for a recording; none was made." in page_of(room)


def test_the_page_leads_on_to_what_is_on_air_and_what_comes(room):
    neighbour = cast.user("neighbour")
    live = spaces.start(title="Next door", by=neighbour, speak_permission="invited")
    spaces.start(title="Behind closed doors", by=cast.user("other"), speak_permission="invited", is_private=True)
    planned = schedule.plan(title="Tomorrow", scheduled_for=timezone.now() + timedelta(days=1), by=neighbour)
    end(room)
    page = page_of(room)
    for space in (live, planned):
        assert f'href="{space.get_absolute_url()}"' in page and space.title in page
    assert "Behind closed doors" not in page


def test_where_nothing_else_is_on_it_invites_to_start(room):
    end(room)
    assert "The floor is yours." in page_of(room)


@pytest.mark.parametrize("more", [0, 6])
def test_what_stays_takes_the_same_queries_however_many_spoke(room, more, django_assert_num_queries):
    for n in range(more):
        cast.seat(cast.enter(room.space, cast.user(f"speaker{n}")), by=room.host)
    spaces.start(title="Next door", by=cast.user("neighbour"), speak_permission="invited")
    schedule.plan(title="Tomorrow", scheduled_for=timezone.now() + timedelta(days=1), by=cast.user("planner"))
    end(room)
    with django_assert_num_queries(6):
        context = ended_context(room.space, room.listener.user)
    assert len(context["spoke"]) == 3 + more


async def test_a_late_socket_is_shown_the_end_at_once(committed_room):
    await database_sync_to_async(end)(committed_room)
    late = await Visitor(committed_room.space.slug, {}).open()
    assert "Host closed it for everybody." in late.page.elements["space-header"]
    await late.close()


def test_the_words_of_the_end_are_the_same_live_and_on_the_page(room):
    end(room)
    live = fragments.farewell(room.space.pk)[0].html
    sentence = "This Space has ended. Host closed it for everybody."
    assert sentence in live and sentence in page_of(room)
