"""After every service call each open page shows, letter by letter, what a reload would show."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.utils import timezone

from accounts.services import blocks
from rooms.identity import GUEST_COOKIE, Person, new_guest
from rooms.models import Invitation, Participant
from rooms.services import (
    attendance,
    clock,
    invitations,
    leading,
    recording,
    removal,
    spaces,
    stage,
    succession,
    turns,
)
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
    "all others are muted": lambda c: [
        stage.unmute(participant=c.speaker, by=c.speaker),
        stage.mute_all(space=c.space, by=c.host),
    ],
    "all hands are lowered": lambda c: [
        stage.raise_hand(participant=c.listener, by=c.listener),
        stage.lower_all_hands(space=c.space, by=c.cohost),
    ],
    "an offer waits for a seat": lambda c: [full_stage(c), stage.offer_seat(participant=c.listener, by=c.host)],
    "a seat becomes free for somebody who waits": lambda c: [
        full_stage(c),
        stage.offer_seat(participant=c.listener, by=c.host),
        stage.free_seat(participant=c.speaker, by=c.speaker),
    ],
    "an offer lapses": lambda c: [
        stage.offer_seat(participant=c.listener, by=c.host),
        long_ago(c.listener, "offer_until"),
        clock.tick(space_id=c.space.pk),
    ],
    "a host blocks a listener": lambda c: blocks.block(person=c.listener.user, by=c.host.user),
    "a host blocks a co-host": lambda c: blocks.block(person=c.cohost.user, by=c.host.user),
    "a co-host blocks a speaker": lambda c: blocks.block(person=c.speaker.user, by=c.cohost.user),
    "a listener blocks a speaker": lambda c: blocks.block(person=c.speaker.user, by=c.listener.user),
    "a listener blocks a speaker who then leaves the stage": lambda c: [
        blocks.block(person=c.speaker.user, by=c.listener.user),
        stage.free_seat(participant=c.speaker, by=c.host),
    ],
    "a speaker blocks a listener and becomes co-host": lambda c: [
        blocks.block(person=c.listener.user, by=c.speaker.user),
        cast.make_cohost(c.speaker, by=c.host),
    ],
    "a block is undone": lambda c: [
        blocks.block(person=c.speaker.user, by=c.listener.user),
        blocks.unblock(person=c.speaker.user, by=c.listener.user),
    ],
    "a removal is lifted": lambda c: [
        removal.remove(participant=c.listener, by=c.cohost),
        removal.lift(participant=c.listener, by=c.host),
    ],
    "somebody is asked to co-host": lambda c: ask(c),
    "somebody says yes to co-hosting": lambda c: invitations.accept(invitation=ask(c), by=c.speaker.user),
    "somebody says yes to co-hosting while the stage is full": lambda c: [
        full_stage(c),
        invitations.accept(invitation=ask(c, c.listener), by=c.listener.user),
    ],
    "somebody says no to co-hosting": lambda c: invitations.decline(invitation=ask(c), by=c.speaker.user),
    "the co-host offer is withdrawn": lambda c: invitations.withdraw(invitation=ask(c), by=c.host.user),
    "a co-host is dismissed": lambda c: leading.dismiss_cohost(participant=c.cohost, by=c.host),
    "the Space is handed over": lambda c: succession.hand_over(participant=c.speaker, by=c.host),
    "the host hands over and leaves": lambda c: [
        succession.hand_over(participant=c.cohost, by=c.host),
        attendance.leave(participant=c.host, by=c.host),
    ],
    "a co-host takes over": lambda c: [
        attendance.walk_out(participant=c.host),
        long_ago(c.host, "left_at"),
        clock.tick(space_id=c.space.pk),
    ],
    "nobody takes over": lambda c: closing(c),
    "the host comes back": lambda c: [closing(c), attendance.join(space=c.space, by=Person(user=c.host.user))],
    "one at a time begins": lambda c: turns.open_turns(space=c.space, seconds=60, by=c.host),
    "one at a time begins while somebody is offered a seat": lambda c: [
        stage.offer_seat(participant=c.listener, by=c.host),
        turns.open_turns(space=c.space, seconds=60, by=c.host),
    ],
    "the floor is offered": lambda c: [
        turns.open_turns(space=c.space, seconds=60, by=c.host),
        stage.raise_hand(participant=c.listener, by=c.listener),
    ],
    "the floor is offered, and turns become longer": lambda c: [
        turns.open_turns(space=c.space, seconds=60, by=c.host),
        stage.raise_hand(participant=c.listener, by=c.listener),
        turns.open_turns(space=c.space, seconds=120, by=c.host),
    ],
    "the floor is taken": lambda c: floor(c),
    "a turn is extended": lambda c: [floor(c), turns.extend_turn(space=c.space, by=c.cohost)],
    "a turn is over": lambda c: [floor(c), long_ago(c.space, "turn_ends_at"), clock.tick(space_id=c.space.pk)],
    "a turn is ended": lambda c: [floor(c), turns.end_turn(space=c.space, by=c.host)],
    "one at a time ends": lambda c: [floor(c), turns.close_turns(space=c.space, by=c.host)],
    "one at a time ends while the floor is offered": lambda c: [
        turns.open_turns(space=c.space, seconds=60, by=c.host),
        stage.raise_hand(participant=c.listener, by=c.listener),
        turns.close_turns(space=c.space, by=c.host),
    ],
    "the Space is described anew": lambda c: spaces.describe(
        space=c.space, title="Night talk", description="With owls.", topics=["owls"], language="de", by=c.cohost.user
    ),
    "who may speak changes": lambda c: spaces.change_settings(
        space=c.space, speak_permission="everyone", captions_wanted=True, by=c.host.user
    ),
    "guests are switched off": lambda c: spaces.change_settings(space=c.space, guests_allowed=False, by=c.host.user),
    "it is recorded": lambda c: recording.start(space=c.space, by=c.host),
    "recording stops": lambda c: [
        recording.start(space=c.space, by=c.host),
        recording.stop(space=c.space, by=c.host),
    ],
    "a speaker agrees to be recorded": lambda c: answered(c, c.speaker, yes=True),
    "a co-host does not agree": lambda c: answered(c, c.cohost, yes=False),
    "a speaker takes themselves out": lambda c: [
        answered(c, c.speaker, yes=True),
        recording.answer(participant=c.speaker, by=c.speaker, yes=False),
    ],
    "nobody answers in time": lambda c: [
        recording.start(space=c.space, by=c.host),
        long_ago(c.speaker, "recording_asked_until"),
        clock.tick(space_id=c.space.pk),
    ],
    "a seat is taken while it is recorded": lambda c: [
        recording.start(space=c.space, by=c.host),
        cast.seat(c.listener, by=c.host),
    ],
    "the Space is handed over while speakers are asked": lambda c: [
        recording.start(space=c.space, by=c.host),
        succession.hand_over(participant=c.cohost, by=c.host),
    ],
    "it becomes private while speakers are asked": lambda c: [
        recording.start(space=c.space, by=c.host),
        spaces.change_settings(space=c.space, by=c.host.user, is_private=True),
    ],
    "the relay has too little disk": lambda c: recording.note_capture(space_ids=[c.space.pk], stopped=True),
    "the Space ends while it is recorded": lambda c: [
        answered(c, c.speaker, yes=True),
        spaces.end(space=c.space, by=c.host),
    ],
    "the Space ends": lambda c: spaces.end(space=c.space, by=c.host),
}


# One of each kind of news; the others are slow, and test_machine.py has them all in other orders.
FIRST = {
    "a stranger joins",
    "a speaker leaves",
    "a speaker is removed",
    "a hand goes up and down",
    "a seat is taken",
    "a microphone opens",
    "a speaker's sound is lost and comes back",
    "a seat becomes free for somebody who waits",
    "a host blocks a co-host",
    "somebody says yes to co-hosting",
    "the host hands over and leaves",
    "the host comes back",
    "a turn is over",
    "the Space is described anew",
    "guests are switched off",
    "a speaker takes themselves out",
    "it becomes private while speakers are asked",
    "the Space ends",
}


def full_stage(c: cast.Cast) -> None:
    for number in range(10):
        cast.seat(cast.enter(c.space, cast.user(f"seated{number}")), by=c.host)


def long_ago(row, moment: str) -> None:
    type(row).objects.filter(pk=row.pk).update(**{moment: timezone.now() - timedelta(hours=1)})


def ask(c: cast.Cast, person: Participant | None = None) -> Invitation:
    """To be co-host, the speaker unless somebody else is named."""
    leading.ask_to_cohost(participant=person or c.speaker, by=c.host)
    return Invitation.objects.latest("created_at")


def answered(c: cast.Cast, person: Participant, *, yes: bool) -> None:
    recording.start(space=c.space, by=c.host)
    recording.answer(participant=person, by=person, yes=yes)


def closing(c: cast.Cast) -> None:
    """The host is gone for good, and there is no co-host."""
    leading.dismiss_cohost(participant=c.cohost, by=c.host)
    attendance.walk_out(participant=c.host)
    long_ago(c.host, "left_at")
    clock.tick(space_id=c.space.pk)


def floor(c: cast.Cast) -> None:
    """The listener has it."""
    turns.open_turns(space=c.space, seconds=60, by=c.host)
    stage.raise_hand(participant=c.listener, by=c.listener)
    stage.take_seat(participant=c.listener, by=c.listener)


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


@pytest.mark.parametrize("act", [act if act in FIRST else pytest.param(act, marks=pytest.mark.slow) for act in ACTS])
async def test_live_equals_reload_when(act, committed_room):
    held = await tickets(committed_room)
    visitors = {name: await Visitor(committed_room.space.slug, jar).open() for name, (_, jar) in held.items()}
    await database_sync_to_async(ACTS[act])(committed_room)
    for name, visitor in visitors.items():
        await visitor.until_as_reloaded(held[name][0])
        await visitor.close()


async def test_a_visitor_outside_sees_the_stage_and_the_count_and_nobody_who_listens(committed_room):
    visitor = await Visitor(committed_room.space.slug, {}).open()
    assert set(visitor.page.elements) == {"space-header", "stage", "what-is-kept"}
    await database_sync_to_async(cast.enter)(committed_room.space)
    await visitor.until(lambda: "3 listening" in visitor.page.elements["space-header"])
    assert "Listener" not in str(visitor.page.elements)
    await visitor.close()
