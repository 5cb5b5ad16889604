"""Whether X may do Y: pure functions over facts they are given. No ORM, no request, no clock of their own.

Each returns None or raises Refused. Services call them under the Space's lock; nothing else decides.
"""

from accounts.validators import clean_line, has_substance
from rooms.roles import Hand, Role

# code -> (HTTP status, a sentence that says what to do)
REFUSALS: dict[str, tuple[int, str]] = {
    "ended": (410, "This Space has ended. See what is live on the home page."),
    "already_live": (409, "You already host a live Space. End it before you start another."),
    "title_empty": (422, "Give your Space a title that people can read."),
    "title_too_long": (422, "Use a shorter title: 70 characters at most."),
    "removed": (403, "The hosts removed you from this Space. You cannot come back unless they lift it."),
    "not_inside": (403, "You are not in this Space. Press Listen to join first."),
    "sign_in_first": (403, "Guests listen. Sign in to ask for a seat."),
    "already_seated": (409, "You already have a seat on the stage."),
    "not_offered": (403, "Nobody has offered you a seat. Raise your hand to ask for one."),
    "stage_full": (409, "The stage is full. You keep your place and can take the next free seat."),
    "no_seat": (403, "You have no seat on the stage. Raise your hand to ask for one."),
    "not_a_leader": (403, "Only the host and co-hosts can do that."),
    "host_only": (403, "Only the host can do that."),
    "not_on_oneself": (403, "Use your own controls for that."),
    "never_unmute_another": (403, "You can mute others, never un-mute them. Ask them to do it."),
    "host_stays": (403, "The host keeps their seat. End the Space instead."),
    "target_leads": (403, "You cannot do that to the host or a co-host."),
    "cohosts_full": (409, "There are as many co-hosts as a Space can have."),
    "target_absent": (409, "They are not in this Space any more."),
    "target_is_guest": (409, "Guests cannot speak until they sign in."),
    "target_seated": (409, "They already have a seat."),
    "target_not_seated": (409, "They have no seat on the stage."),
    "too_often": (429, "That was a bit fast. Wait a moment, then try again."),
}


class Refused(Exception):
    """The answer to "may X do Y" is no. `code` is a key of REFUSALS."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code
        self.status, self.sentence = REFUSALS[code]


def refuse_if(condition: bool, code: str) -> None:
    if condition:
        raise Refused(code)


def cleaned_title(text: str, *, longest: int) -> str:
    """The title as it is stored: one NFC line without control or bidirectional characters."""
    title = clean_line(text)
    refuse_if(not has_substance(title), "title_empty")
    refuse_if(len(title) > longest, "title_too_long")
    return title


def may_start(*, hosts_live_space: bool) -> None:
    refuse_if(hosts_live_space, "already_live")


def may_join(space, stay) -> None:
    """`stay` is the person's earlier participation in this Space, or None."""
    refuse_if(not space.is_live, "ended")
    refuse_if(stay is not None and stay.removed_at is not None, "removed")


def _acts_in(space, actor) -> None:
    refuse_if(not space.is_live, "ended")
    refuse_if(actor.removed_at is not None, "removed")
    refuse_if(not actor.is_present, "not_inside")


def may_raise_hand(space, actor) -> None:
    _acts_in(space, actor)
    refuse_if(actor.is_guest, "sign_in_first")
    refuse_if(actor.is_seated, "already_seated")


def may_lower_hand(space, actor) -> None:
    _acts_in(space, actor)


def may_offer_seat(space, actor, target) -> None:
    _leads_in(space, actor)
    refuse_if(not target.is_present, "target_absent")
    refuse_if(target.is_guest, "target_is_guest")
    refuse_if(target.is_seated, "target_seated")


def may_withdraw_offer(space, actor) -> None:
    _leads_in(space, actor)


def may_take_seat(space, actor) -> None:
    _acts_in(space, actor)
    refuse_if(not actor.is_seated and actor.hand != Hand.OFFERED, "not_offered")


def may_mute(space, actor, target) -> None:
    _acts_in(space, actor)
    if actor.pk != target.pk:
        refuse_if(not actor.leads, "not_a_leader")
    refuse_if(not target.is_seated, "no_seat" if actor.pk == target.pk else "target_not_seated")


def may_unmute(space, actor, target) -> None:
    _acts_in(space, actor)
    refuse_if(actor.pk != target.pk, "never_unmute_another")
    refuse_if(not target.is_seated, "no_seat")


def may_demote(space, actor, target) -> None:
    """Also stepping down: then actor and target are the same person."""
    _acts_in(space, actor)
    if actor.pk == target.pk:
        refuse_if(actor.role == Role.HOST, "host_stays")
        return
    refuse_if(not actor.leads, "not_a_leader")
    _outranks(actor, target)


def may_appoint_cohost(space, actor, target, *, cohosts: int, most: int) -> None:
    _acts_in(space, actor)
    refuse_if(actor.role != Role.HOST, "host_only")
    refuse_if(target.role == Role.LISTENER, "target_not_seated")
    refuse_if(target.role == Role.SPEAKER and cohosts >= most, "cohosts_full")


def may_remove(space, actor, target) -> None:
    """Works on people who already left."""
    _leads_in(space, actor)
    refuse_if(actor.pk == target.pk, "not_on_oneself")
    _outranks(actor, target)


def may_end(space, actor) -> None:
    refuse_if(not space.is_live, "ended")
    refuse_if(actor.role != Role.HOST, "host_only")


def may_listen(space, actor) -> None:
    """Open a downlink."""
    _acts_in(space, actor)


def may_speak(space, actor, *, stage_full: bool) -> None:
    """Open an uplink. Muted people may: the relay's gate is what keeps them silent."""
    _acts_in(space, actor)
    if not actor.is_seated:
        raise Refused("stage_full" if actor.hand == Hand.OFFERED and stage_full else "no_seat")


def _leads_in(space, actor) -> None:
    _acts_in(space, actor)
    refuse_if(not actor.leads, "not_a_leader")


def _outranks(actor, target) -> None:
    refuse_if(target.role == Role.HOST, "target_leads")
    refuse_if(target.role == Role.COHOST and actor.role != Role.HOST, "target_leads")
