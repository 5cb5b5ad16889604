"""Who may open a Space, come into one, change it, and invite: rules over facts, refusals first."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from rooms import doors, rules
from rooms.roles import Role
from tests.rooms.test_permissions import answer_of, people, space

NOW = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
ROLES = {"host": Role.HOST, "cohost": Role.COHOST, "speaker": Role.SPEAKER, "listener": Role.LISTENER, "stranger": None}
STATES = ("scheduled", "live", "ended", "cancelled", "expired")
OVER = ("ended", "cancelled", "expired")


def sentences(rows, words):
    """Parameters with ids that read as sentences; the last of each row is the answer."""
    ordered = sorted(rows, key=lambda row: row[-1] == "ok")
    return [pytest.param(*row, id=f"{words.format(*row)}: {row[-1]}") for row in ordered]


@pytest.mark.parametrize(
    ("followers", "protected", "suspended", "answer"),
    sentences(
        [
            (5, False, True, "suspended"),
            (5, True, True, "suspended"),
            (5, True, False, "protected"),
            (2, False, False, "too_few_followers"),
            (3, False, False, "ok"),
            (4, False, False, "ok"),
        ],
        "host with {0} followers of 3, protected {1}, suspended {2}",
    ),
)
def test_who_may_host(followers, protected, suspended, answer):
    facts = {"followers": followers, "least": 3, "protected": protected, "suspended": suspended}
    assert answer_of(rules.may_host, **facts) == answer


def test_one_live_space_per_host():
    assert answer_of(rules.may_start, hosts_live_space=True) == "already_live"
    assert answer_of(rules.may_start, hosts_live_space=False) == "ok"


@pytest.mark.parametrize(
    ("start", "scheduled", "answer"),
    sentences(
        [
            (timedelta(hours=1), 1, "already_scheduled"),
            (timedelta(seconds=-60), 0, "time_past"),
            (timedelta(days=14, seconds=61), 0, "time_too_far"),
            (timedelta(seconds=-59), 0, "ok"),
            (SECOND, 0, "ok"),
            (timedelta(days=14), 0, "ok"),
            (timedelta(days=14, seconds=60), 0, "ok"),
        ],
        "schedule for {0} from now with {1} in the calendar",
    ),
)
def test_what_may_be_scheduled(start, scheduled, answer):
    facts = {"start": NOW + start, "now": NOW, "days": 14, "slack": 60, "scheduled": scheduled}
    assert answer_of(rules.may_schedule, **facts) == answer


LEADERS, HOST_ALONE = ("host", "cohost"), ("host",)


def only(those: tuple[str, ...], refusal: str) -> dict[str, dict[str, str]]:
    """Role -> state -> answer; what is left out is "ended" for what is over."""
    answers = {role: "ok" if role in those else refusal for role in ROLES}
    return {role: {"scheduled": answer, "live": answer} for role, answer in answers.items()}


CHANGES = {
    "may_describe": only(LEADERS, "not_a_leader"),
    "may_change_settings": only(HOST_ALONE, "host_only"),
    "may_ask_to_cohost": only(HOST_ALONE, "host_only"),
    "may_invite": only(LEADERS, "not_a_leader"),
    "may_ask_people_in": only(LEADERS, "not_a_leader"),
    "may_make_link": only(LEADERS, "not_a_leader"),
}
FACTS = {
    "may_ask_to_cohost": {"places": 1, "most": 2},
    "may_invite": {"kind": "speak"},
    "may_make_link": {"open_links": 0, "most": 10},
}


def rule_named(name: str):
    return getattr(rules, name, None) or getattr(doors, name)


def change_cells():
    for rule, roles in CHANGES.items():
        for role, answers in roles.items():
            for state in STATES:
                yield rule, role, state, answers.get(state, "ended")


@pytest.mark.parametrize(
    ("rule", "role", "state", "answer"), sentences(change_cells(), "{1} {0} of a Space that is {2}")
)
def test_who_may_change_a_space(rule, role, state, answer):
    here = space(state=state)
    here.is_private = True
    assert answer_of(rule_named(rule), here, role=ROLES[role], **FACTS.get(rule, {})) == answer


@pytest.mark.parametrize(
    ("rule", "facts", "answer"),
    sentences(
        [
            ("may_ask_to_cohost", {"places": 2, "most": 2}, "cohosts_full"),
            ("may_ask_to_cohost", {"places": 0, "most": 2, "leads": True}, "target_leads_already"),
            ("may_invite", {"kind": "speak", "oneself": True}, "invite_oneself"),
            ("may_invite", {"kind": "speak", "removed": True}, "target_removed"),
            ("may_invite", {"kind": "speak", "blocked": True}, "target_blocked"),
            ("may_invite", {"kind": "cohost", "blocked": True, "inside": True}, "target_blocked"),
            ("may_invite", {"kind": "speak", "open_already": True}, "invited_already"),
            ("may_invite", {"kind": "speak", "closed": True}, "unknown_person"),
            ("may_invite", {"kind": "cohost", "hosts": True}, "target_leads_already"),
            ("may_invite", {"kind": "listen", "inside": True}, "target_inside"),
            ("may_invite", {"kind": "speak", "inside": True}, "ok"),
            ("may_make_link", {"open_links": 10, "most": 10}, "links_full"),
            ("may_make_link", {"open_links": 9, "most": 10}, "ok"),
        ],
        "host {0} with {1}",
    ),
)
def test_what_stands_in_a_hosts_way(rule, facts, answer):
    here = space()
    here.is_private = True
    assert answer_of(rule_named(rule), here, role=Role.HOST, **facts) == answer


def test_a_listed_space_needs_no_links():
    assert answer_of(doors.may_make_link, space(), role=Role.HOST, open_links=0, most=10) == "link_public"


@pytest.mark.parametrize(
    ("role", "kind", "answer"),
    sentences(
        [
            ("speaker", "speak", "not_a_leader"),
            ("stranger", "cohost", "not_a_leader"),
            ("cohost", "cohost", "host_only"),
            ("cohost", "speak", "ok"),
            ("cohost", "listen", "ok"),
            ("host", "cohost", "ok"),
        ],
        "{0} withdraws an invitation to {1}",
    ),
)
def test_who_may_withdraw_an_invitation(role, kind, answer):
    assert answer_of(doors.may_withdraw_invitation, space(), role=ROLES[role], kind=kind) == answer


@pytest.mark.parametrize("role", ROLES)
def test_who_may_revoke_a_link(role):
    answer = "ok" if role in ("host", "cohost") else "not_a_leader"
    assert answer_of(doors.may_revoke_link, space(), role=ROLES[role]) == answer


@pytest.mark.parametrize(
    ("state", "left", "who", "here", "answer"),
    sentences(
        [
            ("pending", SECOND, "another", "live", "not_invited"),
            ("pending", SECOND, "invited", "ended", "ended"),
            ("pending", SECOND, "invited", "cancelled", "ended"),
            ("declined", SECOND, "invited", "live", "invitation_over"),
            ("withdrawn", SECOND, "invited", "live", "invitation_over"),
            ("expired", SECOND, "invited", "live", "invitation_over"),
            ("pending", timedelta(), "invited", "live", "invitation_over"),
            ("pending", SECOND, "removed", "live", "removed"),
            ("pending", SECOND, "blocked", "live", "blocked"),
            ("pending", SECOND, "invited", "live", "ok"),
            ("pending", SECOND, "invited", "scheduled", "ok"),
            ("accepted", SECOND, "invited", "live", "ok"),
        ],
        "an invitation that is {0} with {1} left, answered by one who is {2}, in a Space that is {3}",
    ),
)
def test_who_may_answer_an_invitation(state, left, who, here, answer):
    invitation = SimpleNamespace(state=state, expires_at=NOW + left, space=space(state=here))
    facts = {"now": NOW, "is_invited": who != "another", "barred": who if who in ("removed", "blocked") else ""}
    assert answer_of(doors.may_answer_invitation, invitation, **facts) == answer


@pytest.mark.parametrize(
    ("revoked", "left", "opens"), [(NOW, SECOND, False), (None, timedelta(), False), (None, SECOND, True)]
)
def test_which_links_open(revoked, left, opens):
    assert doors.opens(SimpleNamespace(revoked_at=revoked, expires_at=NOW + left), now=NOW) is opens


JOINING = [
    # state, who, facts, answer
    ("live", "removed", {"barred": "removed"}, "removed"),
    ("live", "stranger", {"barred": "removed"}, "removed"),
    ("live", "guest", {"barred": "removed", "is_guest": True}, "removed"),
    ("live", "stranger", {"barred": "blocked"}, "blocked"),
    ("live", "absent", {"barred": "blocked"}, "blocked"),
    ("ended", "absent", {"barred": "blocked"}, "ended"),
    ("live", "stranger", {"let_in": False}, "not_found"),
    ("ended", "stranger", {"let_in": False}, "not_found"),
    ("live", "new guest", {"is_guest": True, "guests": False}, "guests_off"),
    ("live", "guest", {"is_guest": True, "guests": False}, "guests_off"),
    ("scheduled", "stranger", {}, "not_started"),
    *((state, who, {}, "ended") for state in OVER for who in ("stranger", "absent", "guest")),
    ("live", "stranger", {"guests": False}, "ok"),
    ("live", "stranger", {}, "ok"),
    ("live", "absent", {}, "ok"),
    ("live", "absent", {"let_in": False}, "ok"),
    ("live", "new guest", {"is_guest": True}, "ok"),
]


@pytest.mark.parametrize(("state", "who", "facts", "answer"), sentences(JOINING, "{1} joins what is {0} with {2}"))
def test_who_may_join(state, who, facts, answer):
    here = space(state=state)
    facts = dict(facts)
    here.guests_allowed = facts.pop("guests", True)
    assert answer_of(rules.may_join, here, people().get(who), **facts) == answer


@pytest.mark.parametrize(
    ("state", "is_host", "answer"),
    [
        ("scheduled", False, "host_only"),
        ("live", True, "already_live"),
        *((state, True, "ended") for state in OVER),
        ("scheduled", True, "ok"),
    ],
)
def test_who_may_keep_the_calendar(state, is_host, answer):
    assert answer_of(rules.may_keep_calendar, space(state=state), is_host=is_host) == answer


@pytest.mark.parametrize("state", STATES)
def test_what_one_may_be_reminded_of(state):
    expected = {"scheduled": "ok", "live": "already_live"}.get(state, "ended")
    assert answer_of(rules.may_be_reminded, space(state=state)) == expected
    expected = "ended" if state in OVER else "blocked"
    assert answer_of(rules.may_be_reminded, space(state=state), blocked=True) == expected


@pytest.mark.parametrize(
    ("state", "is_staff", "reason", "answer"),
    [
        ("live", False, "threats", "host_only"),
        ("live", True, "  ", "reason_needed"),
        ("ended", True, "threats", "ended"),
        ("live", True, "threats", "ok"),
    ],
)
def test_staff_end_a_space_with_a_reason_only(state, is_staff, reason, answer):
    assert answer_of(rules.may_end_for_violation, space(state=state), is_staff=is_staff, reason=reason) == answer


def test_every_rule_has_rows():
    """Rules about two people inside are counted in test_permissions.py."""
    named = {name for module in (rules, doors) for name in vars(module) if name.startswith("may_")}
    around = {name for name in named if "actor" not in rule_named(name).__code__.co_varnames}
    assert around == {
        *CHANGES,
        "may_host",
        "may_list",
        "may_record_again",
        "may_start",
        "may_schedule",
        "may_keep_calendar",
        "may_be_reminded",
        "may_join",
        "may_withdraw_invitation",
        "may_revoke_link",
        "may_answer_invitation",
        "may_end_for_violation",
    }
