"""A race: a process for each move, which all wait for the start, move at once, and say what came of it.

Run by tests.support.races with the address of their database: `python -m tests.support.racer MOVE SUBJECT [MOVE SUBJECT
...]`. Django is loaded once and the racers are forked from it, before anything is connected. Says "ready", waits for a
line, and prints one outcome per racer, in their order, last of all.
"""

import os
import sys
import traceback
from datetime import datetime, timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django  # noqa: E402

django.setup()

import time_machine  # noqa: E402
from django.db import IntegrityError  # noqa: E402
from django.utils import timezone  # noqa: E402

import accounts.rules  # noqa: E402
import recordings.refusals  # noqa: E402
from accounts import push as pushing  # noqa: E402
from accounts.models import Kind, User  # noqa: E402
from accounts.services import blocks, digests, graph, messages, notifications, people  # noqa: E402
from accounts.tasks import erase_accounts as erase_due  # noqa: E402
from recordings.services import holds, purge  # noqa: E402
from rooms import mail, tasks  # noqa: E402
from rooms.identity import Person  # noqa: E402
from rooms.models import Invitation, Space  # noqa: E402
from rooms.refusals import Refused  # noqa: E402
from rooms.selectors import participant  # noqa: E402
from rooms.services import attendance, clock, invitations, recording, schedule, spaces, stage, succession  # noqa: E402


def take_seat(pk: str) -> None:
    who = participant(pk)
    stage.take_seat(participant=who, by=who)


def offer_seat(pk_and_by: str) -> None:
    who, by = map(participant, pk_and_by.split("/"))
    stage.offer_seat(participant=who, by=by)


def lower_hand(pk_and_by: str) -> None:
    who, by = map(participant, pk_and_by.split("/"))
    stage.lower_hand(participant=who, by=by)


def start(handle: str) -> None:
    spaces.start(title="Mine", speak_permission="everyone", by=User.objects.get(handle=handle))


def plan(handle: str) -> None:
    tomorrow = timezone.now() + timedelta(days=1)
    schedule.plan(title="Mine", scheduled_for=tomorrow, by=User.objects.get(handle=handle))


def go_live(slug: str) -> None:
    space = Space.objects.get(slug=slug)
    schedule.go_live(space=space, by=space.host)


def hand_over(pk_and_by: str) -> None:
    who, by = map(participant, pk_and_by.split("/"))
    succession.hand_over(participant=who, by=by)


def join(slug_and_handle: str) -> None:
    slug, handle = slug_and_handle.split("/")
    attendance.join(space=Space.objects.get(slug=slug), by=Person(user=User.objects.get(handle=handle)))


def ask_to_cohost(slug_and_handle: str) -> None:
    slug, handle = slug_and_handle.split("/")
    space = Space.objects.get(slug=slug)
    invitations.invite(space=space, user=User.objects.get(handle=handle), kind="cohost", by=space.host)


def accept(pk: str) -> None:
    invitation = Invitation.objects.get(pk=pk)
    invitations.accept(invitation=invitation, by=invitation.user)


def withdraw(pk: str) -> None:
    invitation = Invitation.objects.get(pk=pk)
    invitations.withdraw(invitation=invitation, by=invitation.space.host)


def write(by_and_to: str) -> None:
    by, to = (User.objects.get(handle=handle) for handle in by_and_to.split("/"))
    messages.send(to=to, text="Hello", by=by)


def read(handle_and_up_to: str) -> None:
    handle, up_to = handle_and_up_to.split("/")
    by = User.objects.get(handle=handle)
    messages.read(conversation=by.sides.get().conversation, up_to=int(up_to), by=by)


def tick(space_id: str) -> None:
    clock.tick(space_id=space_id)


def remind(_: str) -> None:
    tasks.remind()
    mail.send_due()


def invite(slug_and_handle: str) -> None:
    slug, handle = slug_and_handle.split("/")
    space = Space.objects.get(slug=slug)
    invitations.invite(space=space, user=User.objects.get(handle=handle), kind="speak", by=space.host)


def block(handle_and_by: str) -> None:
    handle, by = handle_and_by.split("/")
    blocks.block(person=User.objects.get(handle=handle), by=User.objects.get(handle=by))


def follow(handle_and_by: str) -> None:
    handle, by = handle_and_by.split("/")
    graph.follow(person=User.objects.get(handle=handle), by=User.objects.get(handle=by))


def change_handle(handle_and_new: str) -> None:
    handle, new = handle_and_new.split("/")
    people.change_handle(handle=new, by=User.objects.get(handle=handle))


def sign_up(handle: str) -> None:
    try:
        people.save_new(user=User(handle=handle, email=f"{handle}@new.example.org", display_name=handle))
    except IntegrityError as error:
        raise accounts.rules.Refused("handle_taken") from error


def erase_accounts(_: str) -> None:
    erase_due()


def tell(person_and_actor: str) -> None:
    person, actor = map(int, person_and_actor.split("/"))
    notifications.tell(kind=Kind.MESSAGE, users=[person], actor=actor, subject="message:1", listed=False)


def tell_followers(_: str) -> None:
    while notifications.tell_batch() is not None:
        pass


def push(_: str) -> None:
    pushing.send_due()


def write_digests(_: str) -> None:
    digests.write_due()


def agree(pk: str) -> None:
    who = participant(pk)
    recording.answer(participant=who, by=who, yes=True)


def refuse(pk: str) -> None:
    who = participant(pk)
    recording.answer(participant=who, by=who, yes=False)


def start_recording(slug: str) -> None:
    space = Space.objects.get(slug=slug)
    recording.start(space=space, by=space.participants.get(role="host"))


def stop_recording(slug: str) -> None:
    space = Space.objects.get(slug=slug)
    recording.stop(space=space, by=space.participants.get(role="host"))


def purge_at(pk_and_moment: str) -> None:
    """By this racer's own clock."""
    pk, moment = pk_and_moment.split("/")
    with time_machine.travel(datetime.fromisoformat(moment)):
        purge.copy(pk)


def report_at(pk_and_moment: str) -> None:
    pk, moment = pk_and_moment.split("/")
    with time_machine.travel(datetime.fromisoformat(moment)):
        holds.place(space=Space.objects.get(copy=pk), key="1", reason="Abuse", by=None)


def purge_due(_: str) -> None:
    purge.purge_due()


MOVES = (take_seat, offer_seat, lower_hand, start, plan, go_live, hand_over, join, ask_to_cohost, accept, withdraw)
MOVES += (tick, remind, change_handle, sign_up, erase_accounts, invite, block, follow)
MOVES += (write, read)
MOVES += (agree, refuse, start_recording, stop_recording)
MOVES += (purge_at, purge_due, report_at)
MOVES += (tell, tell_followers, push, write_digests)


def moved(name: str, subject: str) -> str:
    """What came of it."""
    move = next(move for move in MOVES if move.__name__ == name)
    try:
        move(subject)
    except (Refused, accounts.rules.Refused, recordings.refusals.Refused) as refused:
        return refused.code
    except Exception:
        traceback.print_exc()
        return "failed"
    return "done"


def main(*words: str) -> None:
    moves = list(zip(words[::2], words[1::2], strict=True))
    gate, opened = os.pipe()
    outcomes = [_forked(move, gate, opened) for move in moves]
    os.close(gate)
    print("ready", flush=True)
    sys.stdin.readline()
    # All wait for its end.
    os.close(opened)
    # Each ends with its racer, whatever that has printed before.
    print("\n".join([open(outcome).read() for outcome in outcomes]), flush=True)


def _forked(move: tuple[str, str], gate: int, opened: int) -> int:
    """A racer of its own; where to read what came of it."""
    outcome, written = os.pipe()
    if os.fork():
        os.close(written)
        return outcome
    os.close(opened)
    os.read(gate, 1)
    os.write(written, moved(*move).encode())
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
