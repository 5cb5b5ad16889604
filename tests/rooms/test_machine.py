"""Thousands of random acts in several Spaces, after each of which everything that is promised still holds.

Most acts are sensible, the rest are what anybody may try; a refused one changes nothing. The other half of the acts is
in tests/support/acts.py.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import rule, run_state_machine_as_test

from accounts.models import Block
from accounts.services import blocks, graph
from rooms.models import Invitation, InviteLink, Notice
from rooms.services import (
    invitations,
    leading,
    links,
    recording,
    reminders,
    removal,
    stage,
    succession,
    talk,
    turns,
)
from tests.support.acts import ACCOUNT, ANYBODY, CHOICE, PLACE, Acts
from tests.support.house import ACCOUNTS, House

KINDS = st.sampled_from(Invitation.Kind.values)


class Machine(Acts):
    # --- Hands, seats and microphones ---

    @rule(place=PLACE, choice=CHOICE)
    def raise_hand(self, place, choice):
        stay = self.one(place, choice, role="listener", hand="down", user__isnull=False)
        self.act(stage.raise_hand, participant=stay, by=stay)

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def lower_hand(self, place, choice, other):
        stay = self.one(place, choice, hand="raised")
        self.act(stage.lower_hand, participant=stay, by=self.leader(place, other) if other % 2 else stay)

    @rule(place=PLACE, choice=CHOICE)
    def lower_all_hands(self, place, choice):
        self.act(stage.lower_all_hands, space=self.space(place), by=self.leader(place, choice))

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def offer_seat(self, place, choice, other):
        stay = self.one(place, choice, hand="raised") if other % 2 else self.one(place, choice, role="listener")
        self.act(stage.offer_seat, participant=stay, by=self.leader(place, other))

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def drop_offer(self, place, choice, other):
        stay = self.one(place, choice, hand="offered")
        self.act(stage.drop_offer, participant=stay, by=self.leader(place, other) if other % 2 else stay)

    @rule(place=PLACE, choice=CHOICE)
    def take_seat(self, place, choice):
        stay = self.one(place, choice, hand="offered")
        self.act(stage.take_seat, participant=stay, by=stay)

    @rule(place=PLACE, choice=CHOICE)
    def come_up(self, place, choice):
        """Asked and willing, with an open microphone."""
        stay = self.one(place, choice, role="listener", user__isnull=False)
        if self.act(stage.offer_seat, participant=stay, by=self.leader(place, 1)):
            if self.act(stage.take_seat, participant=stay, by=stay):
                self.act(stage.unmute, participant=stay, by=stay)

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def free_seat(self, place, choice, other):
        stay = self.one(place, choice, role="speaker")
        self.act(stage.free_seat, participant=stay, by=self.leader(place, other) if other % 2 else stay)

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def mute(self, place, choice, other):
        stay = self.one(place, choice, seat__muted=False)
        self.act(stage.mute, participant=stay, by=self.leader(place, other) if other % 2 else stay)

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def unmute(self, place, choice, other):
        stay = self.one(place, choice, seat__muted=True)
        self.act(stage.unmute, participant=stay, by=stay if other else self.leader(place, other))

    @rule(place=PLACE, choice=CHOICE)
    def mute_all(self, place, choice):
        self.act(stage.mute_all, space=self.space(place), by=self.leader(place, choice))

    @rule(place=PLACE, choice=CHOICE)
    def talk(self, place, choice):
        stay = self.one(place, choice, seat__muted=False)
        if stay is not None:
            self.act(talk.note, space_id=stay.space_id, times={str(stay.pk): 1000 * choice})

    # --- One at a time ---

    @rule(place=PLACE, choice=CHOICE, seconds=st.sampled_from([5, 20, 60]))
    def open_turns(self, place, choice, seconds):
        self.act(turns.open_turns, space=self.space(place), seconds=seconds, by=self.leader(place, choice))

    @rule(place=PLACE, choice=CHOICE)
    def close_turns(self, place, choice):
        self.act(turns.close_turns, space=self.space(place), by=self.leader(place, choice))

    @rule(place=PLACE, choice=CHOICE)
    def extend_turn(self, place, choice):
        self.act(turns.extend_turn, space=self.space(place), by=self.leader(place, choice))

    @rule(place=PLACE, choice=CHOICE)
    def end_turn(self, place, choice):
        self.act(turns.end_turn, space=self.space(place), by=self.leader(place, choice))

    # --- Recording ---

    @rule(place=PLACE, choice=CHOICE)
    def start_recording(self, place, choice):
        self.act(recording.start, space=self.space(place), by=self.leader(place, choice))

    @rule(place=PLACE, choice=CHOICE)
    def stop_recording(self, place, choice):
        self.act(recording.stop, space=self.space(place), by=self.leader(place, choice))

    @rule(place=PLACE, choice=CHOICE, yes=st.booleans())
    def answer(self, place, choice, yes):
        stay = self.one(place, choice, recording_answer="asked" if choice % 3 else "yes")
        self.act(recording.answer, participant=stay, by=self.leader(place, 1) if choice == 9 else stay, yes=yes)

    @rule(place=PLACE, stopped=st.booleans())
    def run_out_of_disk(self, place, stopped):
        self.act(recording.note_capture, space_ids=[self.space(place).pk], stopped=stopped)

    # --- Leading, inviting, removing ---

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def hand_over(self, place, choice, other):
        stay = self.one(place, choice, role__in=["speaker", "cohost"])
        self.act(succession.hand_over, participant=stay, by=self.leader(place, other))

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def dismiss_cohost(self, place, choice, other):
        stay = self.one(place, choice, role="cohost")
        self.act(leading.dismiss_cohost, participant=stay, by=self.leader(place, other))

    @rule(place=PLACE, n=ACCOUNT, choice=CHOICE, kind=KINDS)
    def invite(self, place, n, choice, kind):
        space = self.space(place)
        self.act(invitations.invite, space=space, user=self.user(n), kind=kind, by=self.boss(space, choice))

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def ask_to_cohost(self, place, choice, other):
        stay = self.one(place, choice, role__in=["speaker", "listener"])
        self.act(leading.ask_to_cohost, participant=stay, by=self.leader(place, other))

    @rule(place=PLACE, choice=CHOICE)
    def make_cohost(self, place, choice):
        """Asked and willing."""
        stay = self.one(place, choice, user__isnull=False)
        if stay is None or stay.user is None:
            return
        arguments = {"space": stay.space, "user": stay.user, "kind": "cohost", "by": stay.space.host}
        invitation = self.act(invitations.invite, **arguments)
        if invitation:
            n = self.house.accounts.index(stay.user)
            self.act(invitations.accept, invitation=invitation, by=stay.user, device=stay.device, goes_in=n)

    @rule(choice=CHOICE, other=CHOICE)
    def withdraw(self, choice, other):
        invitation = self.invitation(choice)
        by = self.boss(invitation.space, other) if invitation else None
        self.act(invitations.withdraw, invitation=invitation, by=by)

    @rule(choice=CHOICE)
    def accept(self, choice):
        invitation = self.invitation(choice)
        by = invitation and (invitation.user if choice % 4 else self.user(choice % ACCOUNTS))
        if invitation:
            n = self.house.accounts.index(by)
            person = self.house.person(n)
            self.act(invitations.accept, invitation=invitation, by=by, device=person.device, goes_in=n)

    @rule(choice=CHOICE)
    def decline(self, choice):
        invitation = self.invitation(choice)
        self.act(invitations.decline, invitation=invitation, by=invitation and invitation.user)

    def invitation(self, choice: int) -> Invitation | None:
        found = list(Invitation.objects.select_related("space__host", "user").order_by("state", "created_at", "pk"))
        pending = [i for i in found if i.state == "pending"] if choice % 4 else []
        fitting = pending or found
        return fitting[choice // 4 % len(fitting)] if fitting else None

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def remove(self, place, choice, other):
        stay = self.one(place, choice, role__in=["speaker", "listener"])
        self.act(removal.remove, participant=stay, by=self.leader(place, other))

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def lift(self, place, choice, other):
        stay = self.one(place, choice, left_at__isnull=False, removed_at__isnull=False)
        self.act(removal.lift, participant=stay, by=self.leader(place, other))

    @rule(place=PLACE, choice=CHOICE, n=ANYBODY)
    def make_link(self, place, choice, n):
        space = self.space(place)
        made = self.act(links.make, space=space, by=self.boss(space, choice))
        if made:
            self.house.links.setdefault(n, set()).add(str(made[0].pk))

    @rule(choice=CHOICE, other=CHOICE)
    def revoke(self, choice, other):
        found = list(InviteLink.objects.select_related("space__host").order_by("created_at"))
        link = found[choice % len(found)] if found else None
        self.act(links.revoke, link=link, by=link and self.boss(link.space, other))

    # --- Around it ---

    @rule(n=ACCOUNT, m=ACCOUNT, again=st.booleans())
    def follow(self, n, m, again):
        if n != m:
            self.act(graph.follow if again else graph.unfollow, person=self.user(m), by=self.user(n))

    @rule(place=PLACE, choice=CHOICE, other=CHOICE)
    def block(self, place, choice, other):
        """Often by somebody who leads."""
        by, stay = self.one(place, choice, role__in=["host", "cohost", "speaker"]), self.one(place, other)
        if by and stay and by.user and stay.user and by.user != stay.user:
            self.act(blocks.block, person=stay.user, by=by.user)

    @rule(choice=CHOICE)
    def unblock(self, choice):
        found = list(Block.objects.select_related("blocker", "blocked").order_by("pk"))
        block = found[choice % len(found)] if found else None
        self.act(blocks.unblock, person=block and block.blocked, by=block and block.blocker)

    @rule(place=PLACE, n=ACCOUNT, again=st.booleans())
    def be_reminded(self, place, n, again):
        self.act(reminders.ask if again else reminders.drop, space=self.space(place), by=self.user(n))

    @rule(choice=CHOICE)
    def dismiss(self, choice):
        found = list(Notice.objects.select_related("user").order_by("created_at", "pk"))
        notice = found[choice % len(found)] if found else None
        self.act(reminders.dismiss, notice=notice, by=notice and notice.user)


@pytest.fixture
def house(transactional_db, monkeypatch) -> House:
    return House(monkeypatch)


def run(house: House, examples: int, steps: int) -> None:
    Machine.house = house
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=chosen)


@pytest.mark.parametrize("examples", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_whatever_people_do_everything_promised_holds(house, examples):
    run(house, examples=examples, steps=40)


@pytest.mark.long
def test_whatever_people_do_for_long_everything_promised_holds(house):
    run(house, examples=1000, steps=60)
    print("\n".join(f"{count:6} {name}: {outcome}" for (name, outcome), count in sorted(house.outcomes.items())))
