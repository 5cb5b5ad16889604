"""The whole table of who may do what to whom. A cell is the refusal's code, or "ok"."""

import uuid

import pytest

from rooms import rules, wording
from rooms.models import Participant, Space
from rooms.refusals import REFUSALS, Refused
from rooms.roles import Hand, Role

LIVE = Space(state="live")
ENDED = Space(state="ended")
NOW = object()


def person(role=Role.LISTENER, *, guest=False, **fields) -> Participant:
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
        "listener": person(),
        "other_listener": person(),
        "invited": person(hand=Hand.OFFERED),
        "guest": person(guest=True),
        "absent": person(left_at=NOW),
        "removed": person(left_at=NOW, removed_at=NOW),
    }


ON_OTHERS = {
    # action: target -> {answer: actors}
    "may_offer_seat": {
        "other_listener": {
            "not_a_leader": "speaker listener invited guest",
            "not_inside": "absent",
            "removed": "removed",
            "ok": "host cohost",
        },
        "other_speaker": {"not_a_leader": "speaker listener guest", "target_seated": "host cohost"},
        "guest": {"not_a_leader": "speaker listener", "target_is_guest": "host cohost"},
        "absent": {"not_a_leader": "speaker listener guest", "target_absent": "host cohost"},
        "removed": {"not_a_leader": "speaker listener guest", "target_absent": "host cohost"},
    },
    "may_mute": {
        "other_speaker": {
            "not_a_leader": "speaker listener invited guest",
            "not_inside": "absent",
            "removed": "removed",
            "ok": "host cohost",
        },
        "other_cohost": {"not_a_leader": "speaker listener guest", "ok": "host cohost"},
        "host": {"not_a_leader": "speaker listener guest", "ok": "cohost"},
        "other_listener": {"not_a_leader": "speaker listener guest", "target_not_seated": "host cohost"},
    },
    "may_unmute": {
        "other_speaker": {
            "never_unmute_another": "host cohost speaker listener guest",
            "not_inside": "absent",
            "removed": "removed",
        },
        "host": {"never_unmute_another": "cohost speaker listener"},
    },
    "may_demote": {
        "other_speaker": {
            "not_a_leader": "speaker listener invited guest",
            "not_inside": "absent",
            "removed": "removed",
            "ok": "host cohost",
        },
        "other_cohost": {"not_a_leader": "speaker listener guest", "target_leads": "cohost", "ok": "host"},
        "host": {"not_a_leader": "speaker listener guest", "target_leads": "cohost"},
    },
    "may_remove": {
        "other_speaker": {
            "not_a_leader": "speaker listener invited guest",
            "not_inside": "absent",
            "removed": "removed",
            "ok": "host cohost",
        },
        "other_listener": {"not_a_leader": "speaker listener guest", "ok": "host cohost"},
        "guest": {"not_a_leader": "speaker listener", "ok": "host cohost"},
        "absent": {"not_a_leader": "speaker listener guest", "ok": "host cohost"},
        "removed": {"not_a_leader": "speaker listener guest", "ok": "host cohost"},
        "other_cohost": {"not_a_leader": "speaker listener guest", "target_leads": "cohost", "ok": "host"},
        "host": {"not_a_leader": "speaker listener guest", "target_leads": "cohost"},
    },
}
ON_ONESELF = {
    "may_mute": {"no_seat": "listener invited guest", "ok": "host cohost speaker"},
    "may_unmute": {"no_seat": "listener invited guest", "ok": "host cohost speaker"},
    "may_demote": {"host_stays": "host", "ok": "cohost speaker"},
    "may_remove": {"not_a_leader": "speaker listener guest", "not_on_oneself": "host cohost"},
}
ALONE = {
    "may_raise_hand": {
        "sign_in_first": "guest",
        "already_seated": "host cohost speaker",
        "not_inside": "absent",
        "removed": "removed",
        "ok": "listener invited",
    },
    "may_take_seat": {
        "not_offered": "listener guest",
        "not_inside": "absent",
        "removed": "removed",
        "ok": "invited speaker cohost host",
    },
    "may_end": {"host_only": "cohost speaker listener invited guest absent removed", "ok": "host"},
    "may_listen": {"not_inside": "absent", "removed": "removed", "ok": "host cohost speaker listener invited guest"},
}


def rows(table):
    for action, answers in table.items():
        for answer, actors in sorted(answers.items(), key=lambda item: item[0] == "ok"):
            for actor in actors.split():
                yield action, actor, answer


def cases_on_others():
    for action, targets in ON_OTHERS.items():
        for target, answers in targets.items():
            for _, actor, answer in rows({action: answers}):
                yield pytest.param(action, actor, target, answer, id=f"{actor} {action} {target}: {answer}")


def sentence(action, actor, answer):
    return pytest.param(action, actor, answer, id=f"{actor} {action}: {answer}")


def answer_of(rule, *args) -> str:
    try:
        rule(*args)
    except Refused as refused:
        return refused.code
    return "ok"


@pytest.mark.parametrize(("action", "actor", "target", "answer"), list(cases_on_others()))
def test_on_others(action, actor, target, answer):
    cast = people()
    assert answer_of(getattr(rules, action), LIVE, cast[actor], cast[target]) == answer


@pytest.mark.parametrize(("action", "actor", "answer"), [sentence(*row) for row in rows(ON_ONESELF)])
def test_on_oneself(action, actor, answer):
    who = people()[actor]
    assert answer_of(getattr(rules, action), LIVE, who, who) == answer


@pytest.mark.parametrize(("action", "actor", "answer"), [sentence(*row) for row in rows(ALONE)])
def test_alone(action, actor, answer):
    assert answer_of(getattr(rules, action), LIVE, people()[actor]) == answer


@pytest.mark.parametrize("action", [*ON_OTHERS, *ALONE])
def test_nothing_is_allowed_once_the_space_has_ended(action):
    cast = people()
    targets = [cast["other_speaker"]] if action in ON_OTHERS else []
    assert answer_of(getattr(rules, action), ENDED, cast["host"], *targets) == "ended"


@pytest.mark.parametrize(
    ("actor", "stage_full", "answer"),
    [
        ("absent", False, "not_inside"),
        ("removed", False, "removed"),
        ("guest", False, "no_seat"),
        ("listener", False, "no_seat"),
        ("listener", True, "no_seat"),
        ("invited", False, "no_seat"),
        ("invited", True, "stage_full"),
        ("speaker", True, "ok"),
        ("host", True, "ok"),
    ],
)
def test_who_may_open_a_microphone(actor, stage_full, answer):
    def speak(space, who):
        rules.may_speak(space, who, stage_full=stage_full)

    assert answer_of(speak, LIVE, people()[actor]) == answer


def test_joining_is_refused_to_the_removed_and_after_the_end_and_open_to_all_others():
    cast = people()
    assert answer_of(rules.may_join, LIVE, cast["removed"]) == "removed"
    assert answer_of(rules.may_join, ENDED, None) == "ended"
    assert answer_of(rules.may_join, LIVE, cast["absent"]) == "ok"
    assert answer_of(rules.may_join, LIVE, None) == "ok"


def test_one_live_space_per_host():
    assert answer_of(lambda: rules.may_start(hosts_live_space=True)) == "already_live"
    assert answer_of(lambda: rules.may_start(hosts_live_space=False)) == "ok"


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("", "title_empty"),
        ("   ", "title_empty"),
        ("\u202e\u2066", "title_empty"),
        ("\u200d\u200d", "title_empty"),
        ("x" * 71, "title_too_long"),
        ("x" * 70, "ok"),
        ("\u202eGlad \u2067evening\x00", "ok"),
        ("<script>alert(1)</script>", "ok"),
        ("Gespräch über Kaffee ☕", "ok"),
    ],
)
def test_titles(text, answer):
    assert answer_of(lambda: wording.cleaned_title(text, longest=70)) == answer


def test_a_title_is_stored_as_one_line_without_invisible_characters():
    assert wording.cleaned_title(" \u202eGlad\n \u2067evening\x00 ", longest=70) == "Glad evening"


def test_every_refusal_has_a_status_and_a_sentence():
    for code, (status, text) in REFUSALS.items():
        assert 400 <= status < 500, code
        assert text.endswith("."), code
