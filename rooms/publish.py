"""After commit: relay first, then browsers, then other apps.

Called by services inside their transaction. What is sent is derived from the committed rows, never retyped, and a
failing Redis never fails the request: sockets compare versions and fetch a snapshot by themselves.
"""

from django.conf import settings
from django.db import transaction

from accounts import groups
from accounts.audiences import account as account_group
from accounts.audiences import sockets
from rooms import audiences, events, fragments, pulse, selectors, signals
from rooms.coalesce import Coalescer
from rooms.relay import client as relay


def publish(event: events.Event) -> None:
    transaction.on_commit(lambda: _deliver(event), robust=True)


def _deliver(event: events.Event) -> None:
    if event.sound:
        relay.apply(selectors.space_state(event.space, event.gone))
    # Whether somebody is on stage whom one blocks stands in one's own controls.
    whose = dict.fromkeys((*event.whose, *selectors.warned_of(event.space, event.whose)))
    pulse.announce(event.space, event.version, whose)
    for participant in whose:
        _send(fragments.personal(participant))
    if isinstance(event, events.SpaceEnded):
        _send(fragments.farewell(event.space))
    else:
        _roster.request(event.space)
    if event.card:
        _card.request(event.space)
    if event.listing:
        groups.send([(audiences.home(), {"type": "listing.changed", "space": str(event.space)})])
    if event.access:
        groups.poke([audiences.person(participant) for participant in event.whose])
    if event.doors:
        groups.poke([audiences.outside(event.space)])
    if event.leads:
        groups.poke([sockets(account) for account in selectors.shut_out_accounts(event.space)])
    groups.poke([account_group(account) for account in dict.fromkeys(event.accounts)])
    signals.room_event.send_robust(sender=type(event), event=event)


def refresh_hosts(space_id) -> None:
    """Facts for hosts alone that no version counts, such as talk times."""
    transaction.on_commit(lambda: _send(fragments.for_hosts(space_id)), robust=True)


def render_shared(space_id) -> None:
    """Renders what everybody sees of a Space once and sends it to its groups."""
    _send(fragments.shared(space_id))


def _roster_interval() -> float:
    return settings.ROSTER_INTERVAL


_roster = Coalescer(render_shared, interval=_roster_interval, prefix="openfloor:roster")


def render_card(space_id) -> None:
    """The same for home pages, less often."""
    _send(fragments.card(space_id))


def _card_interval() -> float:
    return settings.CARD_INTERVAL


_card = Coalescer(render_card, interval=_card_interval, prefix="openfloor:card")


def _send(rendered: list[fragments.Fragment]) -> None:
    groups.send([(f.audience, {"type": "fragment", **f._asdict()}) for f in rendered])
