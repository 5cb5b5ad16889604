"""Event -> (audience, html), and snapshot(): the only code that renders live HTML.

Every fragment is a partial that the page includes too; each is rendered once, whatever the size of its audience.
"""

import time
from typing import NamedTuple

from django.conf import settings
from django.template.loader import render_to_string

import accounts.fragments
from accounts.selectors import latest, unseen
from rooms import audiences, selectors
from rooms.identity import Person
from rooms.models import Participant
from rooms.pulse import Versions
from rooms.refusals import REFUSALS
from rooms.roles import LEADERS, Hand, Role

# Offered as they are, in seconds; a host may type any other.
TURN_LENGTHS = (30, 60, 120)
# Whoever is farther behind is not told how far.
QUEUE_SHOWN = 100


class Fragment(NamedTuple):
    """`shown` says which versions whoever gets this has then seen; 0 where it says nothing new."""

    audience: str
    html: str
    shown: Versions = Versions()


class Snapshot(NamedTuple):
    version: int
    html: str


def shared(space_id) -> list[Fragment]:
    """What everybody sees after a change: the stage and facts for all, the roster inside, the hands for hosts."""
    room = selectors.room(space_id)
    public = _render("rooms/_live_public.html", room_context(room))
    inside = public + _render("rooms/_roster.html", room_context(room))
    inside += _render("rooms/_dock_title.html", title_context(room.space, room.hands))
    return [
        Fragment(audiences.outside(space_id), public + kept(room.space), Versions(shared=room.space.version)),
        Fragment(audiences.inside(space_id), inside, Versions(shared=room.space.version)),
        *_panels(room),
    ]


def farewell(space_id) -> list[Fragment]:
    """The end, for everybody at once: the page as it stays, and a dock that nobody is in any more."""
    room = selectors.room(space_id)
    public = _render("rooms/_live_public.html", room_context(room))
    inside = public + _render("rooms/_dock_body.html", _outside_context(room.space))
    return [
        Fragment(audiences.outside(space_id), public, Versions(shared=room.space.version)),
        Fragment(audiences.inside(space_id), inside, Versions(room.space.version, room.space.version)),
    ]


def kept(space) -> str:
    """What is kept of the sound, for those who have not come in."""
    return "" if space.is_over else _render("rooms/_what_is_kept.html", {"space": space})


def for_hosts(space_id) -> list[Fragment]:
    """The hosts' panel alone."""
    return _panels(selectors.room(space_id))


def for_account(user) -> str:
    """What concerns an account wherever it looks: invitations and notices, how many of them there are, who asks to
    follow, unread messages, and who answered its host while their Space is in the calendar."""
    planned = selectors.scheduled_space(user)
    context = {"for_you": for_you_context(user)}
    html = _render("rooms/_for_you.html", context) + _render("rooms/_bell.html", context)
    html += accounts.fragments.for_account(user)
    return html + asking(planned, role=Role.HOST) if planned else html


def card(space_id) -> list[Fragment]:
    """One Space on everybody's home page."""
    space = selectors.card(space_id)
    return [Fragment(audiences.card(space_id), cards([space]), Versions(shared=space.version))]


def cards(spaces) -> str:
    """Of those that are private now nothing is told but that they were listed."""
    shown = [_render("rooms/_card.html", {"space": space}) for space in spaces if not space.is_private]
    return "".join(shown) + cards_gone({space.slug: space.version for space in spaces if space.is_private})


def cards_gone(versions: dict[str, int]) -> str:
    """By slug: what their cards showed last."""
    gone = [{"slug": slug, "version": version} for slug, version in versions.items()]
    return "".join(_render("rooms/_card_gone.html", card) for card in gone)


def newcomers(count: int) -> str:
    """How many Spaces have come that a home page does not show yet."""
    return _render("rooms/_newcomers.html", {"count": count})


def personal(participant_id) -> list[Fragment]:
    """One person's own controls."""
    participant = selectors.participant(participant_id)
    shown = Versions(own=participant.space.version)
    return [Fragment(audiences.person(participant_id), dock_body(participant), shown)]


def dock_body(participant: Participant | None) -> str:
    return _render("rooms/_dock_body.html", dock_context(participant))


def manage(participant: Participant) -> str:
    return _render("rooms/_manage.html", manage_context(selectors.room(participant.space_id), role=participant.role))


def leave_or_end(participant: Participant) -> str:
    """What a host is asked before they go: who is host then, or is it over."""
    space = participant.space
    return _render("rooms/_leave_or_end.html", {"space": space, "heirs": selectors.heirs(space)})


def asking(space, *, role: str | None) -> str:
    """What those who lead have sent and made: invitations, and links into a private Space."""
    return _render("rooms/_asking.html", asking_context(space, role=role))


def snapshot(space_id, participant: Participant | None, *, barred: str = "") -> Snapshot:
    """All that is live on this visitor's page, as a reload would show it. `participant` is their stay, or None;
    `barred` says why the stage is none of their business any more, if it is not."""
    room = selectors.room(space_id)
    if barred:
        out = _outside_context(room.space, stay=participant, barred=barred)
        return Snapshot(room.space.version, _render("rooms/_dock_body.html", out))
    html = _render("rooms/_live_public.html", room_context(room))
    if participant is None or not participant.is_present:
        html += kept(room.space)
    if participant is not None:
        html += dock_body(participant)
        if participant.is_present:
            html += _render("rooms/_dock_title.html", title_context(room.space, room.hands))
            html += _render("rooms/_roster.html", room_context(room))
            html += _render("rooms/_manage.html", manage_context(room, role=participant.role))
            html += asking(room.space, role=participant.role)
    return Snapshot(room.space.version, html)


def room_context(room: selectors.Room) -> dict:
    return {
        "space": room.space,
        "seats": room.seats,
        "listeners": room.listeners,
        "listener_count": room.listener_count,
        "guest_count": room.guest_count,
        "unnamed_count": room.unnamed_count,
        "more": room.more,
        "is_forum": room.is_forum,
        "host_away": room.host_away,
        "waiting_count": selectors.waiting_count(room.space) if room.space.is_scheduled else 0,
    }


def title_context(space, hands: list[Participant]) -> dict:
    """The same for everybody inside, the queue among it: each finds their own place there (dock.js)."""
    raised = [person.pk for person in hands if person.hand == Hand.RAISED]
    return {"space": space, "queue": raised[:QUEUE_SHOWN]}


def manage_context(room: selectors.Room, *, role: str) -> dict:
    """For everybody inside: whoever does not lead has the same element, empty, so that it can fill while they look."""
    if role not in LEADERS:
        return {"space": room.space, "leads": False}
    invitations = selectors.open_invitations(room.space)
    asked = {invitation.user_id for invitation in invitations if invitation.kind == "cohost"}
    others = [seat for seat in room.seats if seat.participant.role != Role.HOST]
    cohosts = sum(seat.participant.role == Role.COHOST for seat in others)
    on_floor = (seat.participant for seat in room.seats if seat.participant_id == room.space.turn_of_id)
    return room_context(room) | {
        "leads": True,
        "is_host": role == Role.HOST,
        "hands": room.hands,
        "raised": sum(person.hand == Hand.RAISED for person in room.hands),
        "guests": selectors.guests(room.space),
        "gone": selectors.gone(room.space),
        "full": room.full,
        "asked": asked,
        "more_cohosts": cohosts + len(asked) < settings.MAX_COHOSTS,
        "others_open": any(not seat.muted for seat in others),
        "floor": next(on_floor, None),
        "turn_lengths": TURN_LENGTHS,
        "turn_least": settings.TURN_SECONDS_MIN,
        "turn_most": settings.TURN_SECONDS_MAX,
    }


def asking_context(space, *, role: str | None) -> dict:
    """`space` as read before; its lists may be newer than its version says, never older."""
    if role not in LEADERS:
        return {"space": space, "leads": False}
    return {
        "space": space,
        "leads": True,
        "is_host": role == Role.HOST,
        "sent": selectors.sent_invitations(space),
        "links": selectors.invite_links(space) if space.is_private else [],
    }


def dock(participant: Participant | None) -> dict:
    """The whole of it, for a page."""
    context = dock_context(participant)
    if context["participant"] is None:
        return context
    space = context["space"]
    return context | title_context(space, selectors.hands(space))


def dock_context(participant: Participant | None) -> dict:
    """The Space somebody is in, and their seat. After they left or it ended, nobody's."""
    if participant is None or not participant.is_present or not participant.space.is_live:
        return _outside_context(participant.space if participant else None, stay=participant)
    seat, space = selectors.seat_of(participant), participant.space
    has_floor = space.turn_of_id == participant.pk
    return {
        "participant": participant,
        "space": space,
        "seat": seat,
        "has_floor": has_floor,
        "waits_for_floor": seat and space.turn_seconds and not has_floor and not participant.leads,
        "cohost_offer": selectors.cohost_offer(participant),
        "unanswered": selectors.unanswered(participant),
        "blocked_on_stage": selectors.blocked_on_stage(space, participant.user),
        "barred": "",
    }


def for_you_context(user) -> dict:
    """`count` is of what waits for an answer, was not put away or not seen; what comes from people one mutes is quiet,
    and not counted. `latest` is the newest that was not seen, which the page of notifications shows unless it is older.
    `version` is when this was read (ms), by which old news is known: an account has no number of its own that grows."""
    version = time.time_ns() // 1_000_000
    invitations = selectors.invitations_to(user) if user.is_authenticated else []
    notices = selectors.notices_to(user) if user.is_authenticated else []
    # An invitation says by itself when its Space starts.
    asked = {invitation.space_id for invitation in invitations}
    notices = [notice for notice in notices if notice.kind != "start" or notice.space_id not in asked]
    waiting = [i for i in invitations if not i.quiet and (i.state == "pending" or i.space.is_live)]
    unread = [notice for notice in notices if not notice.quiet]
    news = unseen(user) if user.is_authenticated else []
    return {
        "invitations": invitations,
        "notices": notices,
        "count": len(waiting) + len(unread) + len(news),
        "latest": latest(news),
        "version": version,
    }


def _panels(room: selectors.Room) -> list[Fragment]:
    """One for the host, one for all co-hosts."""
    panel, space_id = manage_context(room, role=Role.HOST), room.space.pk
    sent = asking_context(room.space, role=Role.HOST)
    panels = [Fragment(audiences.host(space_id), _panel(panel, sent))]
    if any(seat.participant.role == Role.COHOST for seat in room.seats):
        cohosts = _panel(panel | {"is_host": False}, sent | {"is_host": False})
        panels.append(Fragment(audiences.cohosts(space_id), cohosts))
    return panels


def _panel(panel: dict, sent: dict) -> str:
    return _render("rooms/_manage.html", panel) + _render("rooms/_asking.html", sent)


def _outside_context(space, *, stay: Participant | None = None, barred: str = "") -> dict:
    """`why` they are not inside, where it was not their own doing."""
    if stay is not None and not barred:
        barred = selectors.barred(space, Person(user=stay.user, guest=stay.guest), stay)
    why = ""
    if barred and (barred == "removed" or not space.is_over):
        why = barred
    elif space is not None and space.is_over:
        why = "ended"
    elif stay is not None and stay.is_guest and not space.guests_allowed:
        why = "guests_off"
    sentence = REFUSALS[why][1] if why else ""
    return {"participant": None, "space": space, "seat": None, "barred": barred, "why": sentence}


def _render(template: str, context: dict) -> str:
    return render_to_string(template, context | {"oob": True})
