"""Who may do what to whom in a live Space, as one table. A cell is the refusal's code, or "ok"."""

import uuid

import pytest

from rooms import rules
from rooms.models import Participant, Space
from rooms.refusals import REFUSALS, Refused
from rooms.roles import SEATED, Hand, Role

NOW = object()
ACTORS = "host cohost speaker floor listener hand invited demoted guest absent removed".split()
EVERYBODY = " ".join(ACTORS)
INSIDE = "host cohost speaker floor listener hand invited demoted guest"
NO_LEADERS = "speaker floor listener hand invited demoted guest"
OUTSIDE = {"not_inside": "absent", "removed": "removed"}
LEADERS_ONLY = {"not_a_leader": NO_LEADERS, **OUTSIDE}


def person(role=Role.LISTENER, *, guest=False, **fields) -> Participant:
    """Whoever is on the stage was asked to be recorded."""
    if role in SEATED:
        fields["recording_answer"] = "asked"
    who = Participant(id=uuid.uuid4(), role=role, guest="x" if guest else "", **fields)
    who.user_id = None if guest else 1
    return who


def people() -> dict[str, Participant]:
    return {
        "host": person(Role.HOST),
        "cohost": person(Role.COHOST),
        "other_cohost": person(Role.COHOST),
        "speaker": person(Role.SPEAKER),
        "other_speaker": person(Role.SPEAKER),
        # Has the floor while it is one at a time.
        "floor": person(Role.SPEAKER),
        "listener": person(),
        "other_listener": person(),
        "hand": person(hand=Hand.RAISED),
        "invited": person(hand=Hand.OFFERED),
        "demoted": person(demoted_at=NOW),
        "unnamed": person(unnamed=True),
        "guest": person(guest=True),
        "absent": person(left_at=NOW),
        "removed": person(left_at=NOW, removed_at=NOW),
    }


def space(cast=None, *, state="live", turns=False, mode="invited") -> Space:
    here = Space(state=state, speak_permission=mode, turn_seconds=60 if turns else None)
    if turns == "taken":
        here.turn_of_id = cast["floor"].pk
    return here


# (action, target, one at a time: off, free, taken) -> {answer: actors}. Without a target it is about nobody else;
# "oneself" is whoever acts.
TABLE = {
    ("may_raise_hand", "", "off"): {
        "sign_in_first": "guest",
        "already_seated": "host cohost speaker floor",
        **OUTSIDE,
        "ok": "listener hand invited demoted",
    },
    ("may_lower_hand", "oneself", "off"): {**OUTSIDE, "ok": INSIDE},
    ("may_lower_hand", "other_listener", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_lower_all_hands", "", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_offer_seat", "other_listener", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_offer_seat", "demoted", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_offer_seat", "other_speaker", "off"): {**LEADERS_ONLY, "target_seated": "host cohost"},
    ("may_offer_seat", "unnamed", "off"): {**LEADERS_ONLY, "target_unnamed": "host cohost"},
    ("may_offer_seat", "guest", "off"): {**LEADERS_ONLY, "target_is_guest": "host cohost"},
    ("may_offer_seat", "absent", "off"): {**LEADERS_ONLY, "target_absent": "host cohost"},
    ("may_offer_seat", "removed", "off"): {**LEADERS_ONLY, "target_absent": "host cohost"},
    ("may_take_seat", "", "off"): {
        "not_offered": "listener hand demoted guest",
        **OUTSIDE,
        "ok": "invited host cohost speaker floor",
    },
    ("may_take_seat", "", "free"): {"not_offered": "listener hand demoted guest", **OUTSIDE, "ok": "invited speaker"},
    ("may_take_seat", "", "taken"): {
        "not_offered": "listener hand demoted guest",
        "floor_taken": "invited",
        **OUTSIDE,
        "ok": "speaker floor cohost host",
    },
    ("may_mute", "oneself", "off"): {
        "no_seat": "listener hand invited demoted guest",
        **OUTSIDE,
        "ok": "host cohost speaker floor",
    },
    ("may_mute", "other_speaker", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_mute", "other_cohost", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_mute", "host", "off"): {**LEADERS_ONLY, "ok": "cohost"},
    ("may_mute", "other_listener", "off"): {**LEADERS_ONLY, "target_not_seated": "host cohost"},
    ("may_mute_all", "", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_unmute", "oneself", "off"): {
        "no_seat": "listener hand invited demoted guest",
        **OUTSIDE,
        "ok": "host cohost speaker floor",
    },
    ("may_unmute", "oneself", "free"): {"not_your_turn": "speaker floor", **OUTSIDE, "ok": "host cohost"},
    ("may_unmute", "oneself", "taken"): {"not_your_turn": "speaker", **OUTSIDE, "ok": "host cohost floor"},
    ("may_unmute", "other_speaker", "off"): {"never_unmute_another": INSIDE, **OUTSIDE},
    ("may_unmute", "host", "off"): {"never_unmute_another": INSIDE.removeprefix("host "), **OUTSIDE},
    ("may_demote", "oneself", "off"): {"host_stays": "host", **OUTSIDE, "ok": "cohost speaker floor"},
    ("may_demote", "other_speaker", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_demote", "other_cohost", "off"): {**LEADERS_ONLY, "target_leads": "cohost", "ok": "host"},
    ("may_demote", "host", "off"): {**LEADERS_ONLY, "target_leads": "cohost"},
    ("may_remove", "oneself", "off"): {**LEADERS_ONLY, "not_on_oneself": "host cohost"},
    ("may_remove", "other_speaker", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_remove", "other_listener", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_remove", "unnamed", "off"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_remove", "guest", "off"): {"not_a_leader": "speaker listener", "ok": "host cohost"},
    ("may_remove", "absent", "off"): {"not_a_leader": NO_LEADERS, "ok": "host cohost"},
    ("may_remove", "removed", "off"): {"not_a_leader": NO_LEADERS, "ok": "host cohost"},
    ("may_remove", "other_cohost", "off"): {**LEADERS_ONLY, "target_leads": "cohost", "ok": "host"},
    ("may_remove", "host", "off"): {**LEADERS_ONLY, "target_leads": "cohost"},
    ("may_lift_removal", "removed", "off"): {"not_a_leader": NO_LEADERS, "ok": "host cohost"},
    ("may_lift_removal", "absent", "off"): {"not_a_leader": NO_LEADERS, "target_not_removed": "host cohost"},
    ("may_dismiss_cohost", "other_cohost", "off"): {"host_only": f"cohost {NO_LEADERS}", **OUTSIDE, "ok": "host"},
    ("may_dismiss_cohost", "oneself", "off"): {"host_only": "cohost", "target_not_cohost": "host"},
    ("may_dismiss_cohost", "other_speaker", "off"): {"host_only": "cohost speaker", "target_not_cohost": "host"},
    ("may_close_turns", "", "free"): {"host_only": f"cohost {NO_LEADERS}", **OUTSIDE, "ok": "host"},
    ("may_extend_turn", "", "taken"): {**LEADERS_ONLY, "ok": "host cohost"},
    ("may_extend_turn", "", "free"): {**LEADERS_ONLY, "nobody_has_floor": "host cohost"},
    ("may_end_turn", "", "taken"): {
        "not_a_leader": "speaker listener hand invited demoted guest",
        **OUTSIDE,
        "ok": "floor host cohost",
    },
    ("may_end", "", "off"): {"host_only": EVERYBODY.removeprefix("host "), "ok": "host"},
    ("may_record", "", "off"): {"host_only": f"cohost {NO_LEADERS}", **OUTSIDE, "ok": "host"},
    ("may_leave", "", "off"): {"host_stays": "host", "ok": EVERYBODY.removeprefix("host ")},
    ("may_listen", "", "off"): {**OUTSIDE, "ok": INSIDE},
}
# What the rules above also want to know, at its most permissive.
FACTS = {
    "may_speak": {"stage_full": False},
    "may_open_turns": {"seconds": 60, "least": 10, "most": 600},
    "may_hand_over": {"could_host": True},
    "may_answer_recording": {"yes": True},
}
WITH_FACTS = {
    ("may_speak", "", "off"): {
        "no_seat": "listener hand invited demoted guest",
        **OUTSIDE,
        "ok": "host cohost speaker floor",
    },
    ("may_answer_recording", "oneself", "off"): {
        **OUTSIDE,
        "not_asked": "listener hand invited demoted guest",
        "ok": "host cohost speaker floor",
    },
    ("may_answer_recording", "other_speaker", "off"): {"never_answer_for_another": EVERYBODY},
    ("may_answer_recording", "host", "off"): {"never_answer_for_another": EVERYBODY.removeprefix("host ")},
    ("may_open_turns", "", "off"): {"host_only": f"cohost {NO_LEADERS}", **OUTSIDE, "ok": "host"},
    ("may_hand_over", "other_cohost", "off"): {"host_only": f"cohost {NO_LEADERS}", **OUTSIDE, "ok": "host"},
    ("may_hand_over", "other_speaker", "off"): {"host_only": f"cohost {NO_LEADERS}", **OUTSIDE, "ok": "host"},
    ("may_hand_over", "other_listener", "off"): {"host_only": "cohost speaker", "target_not_seated": "host"},
    ("may_hand_over", "guest", "off"): {"host_only": "cohost speaker", "target_not_seated": "host"},
    ("may_hand_over", "absent", "off"): {"host_only": "cohost speaker", "target_absent": "host"},
}
WHOLE = TABLE | WITH_FACTS


def cells():
    """Refusals first."""
    found = [
        (answer == "ok", action, target, turns, actor, answer)
        for (action, target, turns), answers in WHOLE.items()
        for answer, actors in answers.items()
        for actor in actors.split()
    ]
    for _, action, target, turns, actor, answer in sorted(found, key=lambda cell: cell[0]):
        sentence = f"{actor} {action.replace('_', ' ')}{f' of {target}' if target else ''}"
        if turns != "off":
            sentence += f" while the floor is {turns}"
        yield pytest.param(action, actor, target, turns, answer, id=f"{sentence}: {answer}")


def answer_of(rule, *args, **facts) -> str:
    try:
        rule(*args, **facts)
    except Refused as refused:
        return refused.code
    return "ok"


def ask(action, actor, target, here, cast) -> str:
    targets = [cast[actor if target == "oneself" else target]] if target else []
    return answer_of(getattr(rules, action), here, cast[actor], *targets, **FACTS.get(action, {}))


@pytest.mark.parametrize(("action", "actor", "target", "turns", "answer"), list(cells()))
def test_who_may_do_what_to_whom(action, actor, target, turns, answer):
    cast = people()
    here = space(cast, turns={"off": False, "free": True, "taken": "taken"}[turns])
    assert ask(action, actor, target, here, cast) == answer


@pytest.mark.parametrize("state", ["ended", "cancelled", "expired", "scheduled"])
@pytest.mark.parametrize(("action", "target"), sorted({cell[:2] for cell in WHOLE if cell[0] != "may_leave"}))
def test_nothing_is_done_in_a_space_that_is_not_live(action, target, state):
    cast = people()
    here = space(cast, state=state)
    assert {ask(action, actor, target, here, cast) for actor in ACTORS} == {"ended"}


def test_every_rule_about_two_people_in_a_space_has_rows():
    named = {name for name in vars(rules) if name.startswith("may_")}
    about_people = {name for name in named if {"actor"} <= set(_parameters(name))}
    assert about_people == {action for action, _, _ in WHOLE}


def _parameters(name: str) -> tuple[str, ...]:
    code = getattr(rules, name).__code__
    return code.co_varnames[: code.co_argcount]


# Who may speak: mode -> {who: whether their hand is answered at once}, with the host following "followed" only.
FREELY = {
    "everyone": {"listener": True, "followed": True, "demoted": False, "guest": False},
    "followed": {"listener": False, "followed": True, "demoted": False, "guest": False},
    "invited": {"listener": False, "followed": False, "demoted": False, "guest": False},
}


@pytest.mark.parametrize("turns", [False, True], ids=["", "one at a time"])
@pytest.mark.parametrize(
    ("mode", "who", "freely"),
    [pytest.param(m, w, f, id=f"{m} may speak, {w} asks: {f}") for m, row in FREELY.items() for w, f in row.items()],
)
def test_whose_hand_is_answered_without_the_host(mode, who, freely, turns):
    actor = people()["listener" if who == "followed" else who]
    here = space(mode=mode, turns=turns)
    assert rules.speaks_freely(here, actor, followed=who in ("followed", "demoted")) is (freely and not turns)


@pytest.mark.parametrize(("actor", "answer"), [("invited", "stage_full"), ("listener", "no_seat"), ("host", "ok")])
def test_a_microphone_on_a_full_stage(actor, answer):
    assert answer_of(rules.may_speak, space(), people()[actor], stage_full=True) == answer


@pytest.mark.parametrize(("starts", "answer"), [(0, "ok"), (9, "ok"), (10, "recorded_too_often")])
def test_recording_is_switched_on_so_often_and_not_more(starts, answer):
    assert answer_of(rules.may_record_again, starts=starts, most=10, minutes=10) == answer


@pytest.mark.parametrize(("recorded", "answer"), [(False, "ok"), (True, "recorded_in_private")])
def test_what_was_recorded_in_private_is_never_opened_to_everybody(recorded, answer):
    assert answer_of(rules.may_list, recorded=recorded) == answer


# Out of the recording one may at any time: the state of the Space, what they said before -> the answer to a no.
@pytest.mark.parametrize("state", ["live", "ended"])
@pytest.mark.parametrize("actor", ["host", "cohost", "speaker", "listener", "absent", "removed"])
@pytest.mark.parametrize(("before", "answer"), [("", "not_asked"), ("asked", "ok"), ("no", "ok"), ("yes", "ok")])
def test_whoever_was_asked_may_say_no_wherever_they_are_by_then(state, actor, before, answer):
    who = people()[actor]
    who.recording_answer = before
    assert answer_of(rules.may_answer_recording, space(state=state), who, who, yes=False) == answer


def test_nobody_says_no_for_another():
    cast = people()
    answer = answer_of(rules.may_answer_recording, space(), cast["host"], cast["speaker"], yes=False)
    assert answer == "never_answer_for_another"


def test_nobody_is_handed_a_space_who_could_not_host_it():
    cast = people()
    answer = answer_of(rules.may_hand_over, space(), cast["host"], cast["other_cohost"], could_host=False)
    assert answer == "target_cannot_host"


def test_every_refusal_has_a_status_and_a_sentence():
    for code, (status, text) in REFUSALS.items():
        assert 400 <= status < 500, code
        assert text.endswith("."), code
