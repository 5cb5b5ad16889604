"""What an offer carries to the relay, and what it holds while it waits for the answer."""

import pytest
from django.db import connections
from django.test import Client

from rooms.identity import bearer_token
from rooms.relay import client as relay
from rooms.relay import protocol
from rooms.services import removal
from rooms.views import signalling


@pytest.fixture
def offered(monkeypatch) -> list[protocol.Offer]:
    """Offers that reached the relay's client, which knows no relay."""
    offers = []

    async def offer(offer):
        offers.append(offer)
        return relay.NO_RELAY

    monkeypatch.setattr(relay, "offer", offer)
    return offers


def offer_to_listen(room):
    return Client().post(
        f"/spaces/{room.space.slug}/whep",
        data="v=0",
        content_type="application/sdp",
        headers={"Authorization": f"Bearer {bearer_token(room.listener)}"},
    )


def test_an_offer_never_brings_the_relay_news_older_than_its_permission(committed_room, monkeypatch, offered):
    """Removed just after being found inside: the offer's state must lose against the removal's."""
    found = signalling._participant

    def then_removed(*args):
        me = found(*args)
        removal.remove(participant=committed_room.listener, by=committed_room.host)
        return me

    monkeypatch.setattr(signalling, "_participant", then_removed)
    offer_to_listen(committed_room)
    committed_room.space.refresh_from_db()
    assert [offer.state.version < committed_room.space.version for offer in offered] == [True]


def test_no_database_connection_is_held_while_the_relay_thinks(committed_room, monkeypatch):
    used, held = [], []
    authorise = signalling.Endpoint._authorised_offer

    def spy(*args):
        used.append(connections["default"])
        return authorise(*args)

    async def offer(offer):
        held.append(used[-1].connection is not None)
        return relay.NO_RELAY

    monkeypatch.setattr(signalling.Endpoint, "_authorised_offer", spy)
    monkeypatch.setattr(relay, "offer", offer)
    assert offer_to_listen(committed_room).status_code == 503
    assert held == [False]


def test_the_token_of_a_closed_account_opens_nothing(committed_room, offered):
    user = committed_room.listener.user
    user.is_active = False
    user.save()
    assert offer_to_listen(committed_room).status_code == 401
    assert offered == []
