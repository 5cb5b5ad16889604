"""After every service call each open page shows, letter by letter, what a reload would show."""

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from rooms.identity import GUEST_COOKIE, Person, new_guest
from rooms.models import Participant
from rooms.services import attendance, removal, spaces, stage
from tests.support import cast
from tests.support.live import Visitor

ACTS = {
    "a stranger joins": lambda c: cast.enter(c.space, cast.user("late")),
    "a guest joins": lambda c: cast.enter(c.space),
    "a listener leaves": lambda c: attendance.leave(participant=c.listener, by=c.listener),
    "a guest leaves": lambda c: attendance.leave(participant=c.guest, by=c.guest),
    "a speaker leaves": lambda c: attendance.leave(participant=c.speaker, by=c.speaker),
    "a co-host leaves": lambda c: attendance.leave(participant=c.cohost, by=c.cohost),
    "a co-host comes back": lambda c: [
        attendance.leave(participant=c.cohost, by=c.cohost),
        attendance.join(space=c.space, by=Person(user=c.cohost.user)),
    ],
    "somebody vanishes": lambda c: attendance.leave(participant=c.speaker, by=None),
    "a listener is removed": lambda c: removal.remove(participant=c.listener, by=c.host),
    "a speaker is removed": lambda c: removal.remove(participant=c.speaker, by=c.cohost),
    "a co-host is removed": lambda c: removal.remove(participant=c.cohost, by=c.host),
    "a hand goes up": lambda c: stage.raise_hand(participant=c.listener, by=c.listener),
    "a hand goes up and down": lambda c: [
        stage.raise_hand(participant=c.listener, by=c.listener),
        stage.lower_hand(participant=c.listener, by=c.listener),
    ],
    "a seat is offered": lambda c: stage.offer_seat(participant=c.listener, by=c.host),
    "an offer is withdrawn": lambda c: [
        stage.offer_seat(participant=c.listener, by=c.host),
        stage.drop_offer(participant=c.listener, by=c.cohost),
    ],
    "an offer is declined": lambda c: [
        stage.offer_seat(participant=c.listener, by=c.host),
        stage.drop_offer(participant=c.listener, by=c.listener),
    ],
    "a seat is taken": lambda c: cast.seat(c.listener, by=c.host),
    "a new speaker un-mutes": lambda c: cast.seat(c.listener, by=c.host, muted=False),
    "a speaker becomes co-host": lambda c: cast.make_cohost(c.speaker, by=c.host),
    "a co-host is demoted": lambda c: stage.free_seat(participant=c.cohost, by=c.host),
    "a microphone opens": lambda c: stage.unmute(participant=c.speaker, by=c.speaker),
    "a host mutes a speaker": lambda c: [
        stage.unmute(participant=c.speaker, by=c.speaker),
        stage.mute(participant=c.speaker, by=c.host),
    ],
    "a speaker is demoted": lambda c: stage.free_seat(participant=c.speaker, by=c.host),
    "a speaker steps down": lambda c: stage.free_seat(participant=c.speaker, by=c.speaker),
    "a listener's sound is lost": lambda c: attendance.note_connections(lost=ids(c.listener, c.guest), back=[]),
    "a speaker's sound is lost and comes back": lambda c: [
        attendance.note_connections(lost=ids(c.speaker, c.cohost), back=[]),
        attendance.note_connections(lost=[], back=ids(c.speaker)),
    ],
    "the Space ends": lambda c: spaces.end(space=c.space, by=c.host),
}


def ids(*people: Participant) -> list[str]:
    return [str(person.pk) for person in people]


def cookies_of(participant: Participant) -> dict[str, str]:
    client = Client()
    client.force_login(participant.user)
    return {"sessionid": client.cookies["sessionid"].value}


@database_sync_to_async
def tickets(room: cast.Cast) -> dict[str, tuple[Participant, dict[str, str]]]:
    person, cookie = new_guest()
    guest = attendance.join(space=room.space, by=person)
    room.people["guest"] = guest
    people = {name: room.now(name) for name in ("host", "cohost", "speaker", "listener")}
    return {name: (who, cookies_of(who)) for name, who in people.items()} | {"guest": (guest, {GUEST_COOKIE: cookie})}


@pytest.mark.parametrize("act", ACTS)
async def test_live_equals_reload_when(act, committed_room):
    held = await tickets(committed_room)
    visitors = {name: await Visitor(committed_room.space.slug, jar).open() for name, (_, jar) in held.items()}
    await database_sync_to_async(ACTS[act])(committed_room)
    for name, visitor in visitors.items():
        await visitor.until_as_reloaded(held[name][0])
        await visitor.close()


async def test_a_visitor_outside_sees_the_stage_and_the_count_and_nobody_who_listens(committed_room):
    visitor = await Visitor(committed_room.space.slug, {}).open()
    assert set(visitor.page.elements) == {"space-header", "stage"}
    await database_sync_to_async(cast.enter)(committed_room.space)
    await visitor.until(lambda: "3 listening" in visitor.page.elements["space-header"])
    assert "Listener" not in str(visitor.page.elements)
    await visitor.close()
