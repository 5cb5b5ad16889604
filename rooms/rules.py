"""Whether X may do Y: pure functions over facts they are given. No ORM, no request, no clock of their own.

Each returns None or raises Refused. Services call them under the Space's lock; nothing else decides. `actor` and
`target` are participants; whoever is in no Space yet is spoken of by facts. What one writes about a Space is in
wording.py, invitations and links in doors.py.
"""

from datetime import datetime, timedelta

from rooms.refusals import Refused, refuse_if
from rooms.roles import Hand, Role

# --- Hosting ---


def may_host(*, followers: int, least: int, protected: bool, suspended: bool) -> None:
    refuse_if(suspended, "suspended")
    refuse_if(protected, "protected")
    refuse_if(followers < least, "too_few_followers")


def may_start(*, hosts_live_space: bool) -> None:
    refuse_if(hosts_live_space, "already_live")


def may_schedule(*, start: datetime, now: datetime, days: int, slack: int, scheduled: int = 0, most: int = 1) -> None:
    """`slack` (seconds) forgives forms that took a while. `scheduled` counts the others of this host."""
    refuse_if(scheduled >= most, "already_scheduled")
    refuse_if(start <= now - timedelta(seconds=slack), "time_past")
    refuse_if(start > now + timedelta(days=days, seconds=slack), "time_too_far", days=days)


def may_keep_calendar(space, *, is_host: bool) -> None:
    """Move, cancel or start what is scheduled."""
    refuse_if(space.is_over, "ended")
    refuse_if(not is_host, "host_only")
    refuse_if(space.is_live, "already_live")


def expires(space, *, now: datetime, seconds: int) -> bool:
    """Whether a scheduled Space was not started in time."""
    return space.is_scheduled and now >= space.scheduled_for + timedelta(seconds=seconds)


def may_be_reminded(space, *, blocked: bool = False) -> None:
    """`blocked` as in `shuts_out`."""
    refuse_if(space.is_over, "ended")
    refuse_if(blocked, "blocked")
    refuse_if(space.is_live, "already_live")


def may_describe(space, *, role: Role | None) -> None:
    """Title, description, topics and language. `role` is that of somebody inside, or HOST for a scheduled Space's."""
    refuse_if(space.is_over, "ended")
    refuse_if(role not in (Role.HOST, Role.COHOST), "not_a_leader")


def may_change_settings(space, *, role: Role | None) -> None:
    """Who may speak, who may come in, captions and recording."""
    refuse_if(space.is_over, "ended")
    refuse_if(role != Role.HOST, "host_only")


# --- Coming in and going out ---


def shuts_out(blocker: Role | None, role: Role | None) -> bool:
    """Whether the block of somebody with the first role keeps somebody with the second one out. Whoever does not lead
    keeps nobody out, and co-hosts neither the host nor each other."""
    return blocker == Role.HOST or (blocker == Role.COHOST and role not in (Role.HOST, Role.COHOST))


def may_join(space, stay, *, is_guest: bool = False, barred: str = "", let_in: bool = True) -> None:
    """`stay` is the person's earlier participation in this Space, or None; `barred` says why they are, if they are
    (selectors.access), `let_in` that this person may know of a private Space."""
    refuse_if(stay is None and not let_in, "not_found")
    refuse_if(space.is_over, "ended")
    refuse_if(not space.is_live, "not_started")
    refuse_if(bool(barred), barred)
    refuse_if(is_guest and not space.guests_allowed, "guests_off")


def may_leave(space, actor) -> None:
    """On purpose: a host hands the Space over, or ends it."""
    refuse_if(actor.role == Role.HOST and space.is_live, "host_stays")


def may_remove(space, actor, target) -> None:
    """Works on people who already left."""
    _leads_in(space, actor)
    refuse_if(actor.pk == target.pk, "not_on_oneself")
    _outranks(actor, target)


def may_lift_removal(space, actor, target) -> None:
    _leads_in(space, actor)
    refuse_if(target.removed_at is None, "target_not_removed")


def may_end(space, actor) -> None:
    refuse_if(not space.is_live, "ended")
    refuse_if(actor.role != Role.HOST, "host_only")


def may_end_for_violation(space, *, is_staff: bool, reason: str) -> None:
    refuse_if(not space.is_live, "ended")
    refuse_if(not is_staff, "host_only")
    refuse_if(not reason.strip(), "reason_needed")


def may_listen(space, actor) -> None:
    """Open a downlink, and look up who else is inside."""
    _acts_in(space, actor)


# --- Hands and seats ---


def speaks_freely(space, actor, *, followed: bool) -> bool:
    """Whether a hand this person raises now is answered without the host. `followed`: the host follows them."""
    if actor.is_guest or actor.demoted_at is not None or space.turn_seconds is not None:
        return False
    return space.speak_permission == "everyone" or (space.speak_permission == "followed" and followed)


def may_raise_hand(space, actor) -> None:
    _acts_in(space, actor)
    refuse_if(actor.is_guest, "sign_in_first")
    refuse_if(actor.is_seated, "already_seated")


def may_lower_hand(space, actor, target) -> None:
    """One's own, or as host or co-host anybody's; also declining and withdrawing what was offered."""
    _acts_in(space, actor)
    refuse_if(actor.pk != target.pk and not actor.leads, "not_a_leader")


def may_lower_all_hands(space, actor) -> None:
    _leads_in(space, actor)


def may_offer_seat(space, actor, target) -> None:
    _leads_in(space, actor)
    refuse_if(not target.is_present, "target_absent")
    refuse_if(target.is_guest, "target_is_guest")
    refuse_if(target.unnamed, "target_unnamed")
    refuse_if(target.is_seated, "target_seated")


def may_take_seat(space, actor) -> None:
    _acts_in(space, actor)
    if actor.is_seated:
        return
    refuse_if(actor.hand != Hand.OFFERED, "not_offered")
    refuse_if(space.turn_seconds is not None and space.turn_of_id is not None, "floor_taken")


def may_demote(space, actor, target) -> None:
    """Also stepping down: then actor and target are the same person."""
    _acts_in(space, actor)
    if actor.pk == target.pk:
        refuse_if(actor.role == Role.HOST, "host_stays")
        return
    refuse_if(not actor.leads, "not_a_leader")
    _outranks(actor, target)


# --- Microphones ---


def may_mute(space, actor, target) -> None:
    _acts_in(space, actor)
    if actor.pk != target.pk:
        refuse_if(not actor.leads, "not_a_leader")
    refuse_if(not target.is_seated, "no_seat" if actor.pk == target.pk else "target_not_seated")


def may_mute_all(space, actor) -> None:
    _leads_in(space, actor)


def may_unmute(space, actor, target) -> None:
    _acts_in(space, actor)
    refuse_if(actor.pk != target.pk, "never_unmute_another")
    refuse_if(not target.is_seated, "no_seat")
    one_at_a_time = space.turn_seconds is not None and not actor.leads
    refuse_if(one_at_a_time and space.turn_of_id != actor.pk, "not_your_turn")


def may_speak(space, actor, *, stage_full: bool) -> None:
    """Open an uplink. Muted people may: the relay's gate is what keeps them silent."""
    _acts_in(space, actor)
    if not actor.is_seated:
        raise Refused("stage_full" if actor.hand == Hand.OFFERED and stage_full else "no_seat")


# --- One at a time ---


def may_open_turns(space, actor, *, seconds: int, least: int, most: int) -> None:
    """Also changing the length of the turns to come."""
    _acts_in(space, actor)
    refuse_if(actor.role != Role.HOST, "host_only")
    refuse_if(not least <= seconds <= most, "turn_length", least=least, most=most)


def may_close_turns(space, actor) -> None:
    _acts_in(space, actor)
    refuse_if(actor.role != Role.HOST, "host_only")


def may_extend_turn(space, actor) -> None:
    _leads_in(space, actor)
    refuse_if(space.turn_of_id is None, "nobody_has_floor")


def may_end_turn(space, actor) -> None:
    """Host or co-host, or whoever has the floor."""
    _acts_in(space, actor)
    refuse_if(not actor.leads and space.turn_of_id != actor.pk, "not_a_leader")


# --- Recording ---


def may_record(space, actor) -> None:
    """Switch the recording for a replay on or off."""
    _acts_in(space, actor)
    refuse_if(actor.role != Role.HOST, "host_only")


def may_record_again(*, starts: int, most: int, minutes: int) -> None:
    """`starts` counts those of the last minutes: each is a piece of the replay."""
    refuse_if(starts >= most, "recorded_too_often", most=most, minutes=minutes)


def may_list(*, recorded: bool) -> None:
    """A private Space, for everybody: nobody is heard by more people than they agreed to."""
    refuse_if(recorded, "recorded_in_private")


def may_answer_recording(space, actor, target, *, yes: bool) -> None:
    """Everybody for themselves, who was asked. Out of it one may at any time, wherever one is by then."""
    refuse_if(yes and not space.is_live, "ended")
    refuse_if(actor.pk != target.pk, "never_answer_for_another")
    if yes:
        _acts_in(space, actor)
    refuse_if(not target.recording_answer, "not_asked")


# --- Co-hosts and the host ---


def may_ask_to_cohost(space, *, role: Role | None, places: int, most: int, leads: bool = False) -> None:
    """`places` counts co-hosts and open offers; `leads` says that whoever is asked is host or co-host already."""
    refuse_if(space.is_over, "ended")
    refuse_if(role != Role.HOST, "host_only")
    refuse_if(leads, "target_leads_already")
    refuse_if(places >= most, "cohosts_full")


def may_dismiss_cohost(space, actor, target) -> None:
    _acts_in(space, actor)
    refuse_if(actor.role != Role.HOST, "host_only")
    refuse_if(target.role != Role.COHOST, "target_not_cohost")


def may_hand_over(space, actor, target, *, could_host: bool) -> None:
    """To somebody on the stage, who then is host."""
    _acts_in(space, actor)
    refuse_if(actor.role != Role.HOST, "host_only")
    refuse_if(not target.is_present, "target_absent")
    refuse_if(target.role not in (Role.SPEAKER, Role.COHOST), "target_not_seated")
    refuse_if(not could_host, "target_cannot_host")


# --- Who acts ---


def _acts_in(space, actor) -> None:
    refuse_if(not space.is_live, "ended")
    refuse_if(actor.removed_at is not None, "removed")
    refuse_if(not actor.is_present, "not_inside")


def _leads_in(space, actor) -> None:
    _acts_in(space, actor)
    refuse_if(not actor.leads, "not_a_leader")


def _outranks(actor, target) -> None:
    refuse_if(target.role == Role.HOST, "target_leads")
    refuse_if(target.role == Role.COHOST and actor.role != Role.HOST, "target_leads")
