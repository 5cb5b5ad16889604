"""Invite links: whom they let in, to the second, and that nobody learns of them who was not given one."""

import base64
import io
import logging
import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from config.logs import Discreet
from config.logs import logging as configured
from rooms import selectors
from rooms.identity import LINKS_KEPT, Person
from rooms.models import InviteLink, Participant, Space
from rooms.services import attendance, links, schedule, spaces
from tests.support import cast
from tests.support.html import by_id
from tests.support.invited import planned, refusal
from tests.support.same import as_answered

HTMX = {"HX-Request": "true"}
NOW = datetime(2026, 3, 28, 20, 0, tzinfo=UTC)


@pytest.fixture
def room(db) -> cast.Cast:
    cast_here = cast.live_space()
    Space.objects.update(is_private=True)
    cast_here.space.refresh_from_db()
    return cast_here


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def open_link(client: Client, token: str):
    return client.get(reverse("join", args=[token]))


def sees(client: Client, space: Space) -> bool:
    return client.get(space.get_absolute_url()).status_code == 200


def make(room) -> tuple[InviteLink, str]:
    return links.make(space=room.space, by=room.host.user)


# --- Who makes and revokes ---


@pytest.mark.parametrize("name", ["speaker", "listener"])
def test_only_those_who_lead_make_and_revoke(room, name):
    link, _ = make(room)
    client = signed_in(room.people[name].user)
    assert client.post(reverse("links", args=[room.space.slug]), headers=HTMX).status_code == 403
    assert client.delete(reverse("link", args=[room.space.slug, link.pk]), headers=HTMX).status_code == 403
    assert InviteLink.objects.filter(revoked_at=None).count() == 1


def test_strangers_and_guests_learn_of_no_links(room):
    link, _ = make(room)
    for client in (Client(), signed_in(cast.user("stranger"))):
        assert client.post(reverse("links", args=[room.space.slug])).status_code == 404
        assert client.delete(reverse("link", args=[room.space.slug, link.pk])).status_code == 404


def test_a_guest_inside_revokes_nothing(room):
    link, token = make(room)
    client = Client()
    open_link(client, token)
    client.post(reverse("attendance", args=[room.space.slug]), headers=HTMX)
    assert client.delete(reverse("link", args=[room.space.slug, link.pk]), headers=HTMX).status_code == 403
    assert client.post(reverse("links", args=[room.space.slug]), headers=HTMX).status_code == 403


def test_a_link_is_revoked_in_its_own_space_alone(room):
    link, _ = make(room)
    other = spaces.start(title="Next door", is_private=True, by=cast.user("neighbour"))
    assert signed_in(other.host).delete(reverse("link", args=[other.slug, link.pk])).status_code == 404
    link.refresh_from_db()
    assert link.revoked_at is None


def test_a_listed_space_needs_no_links(db):
    space = spaces.start(title="Listed", by=cast.user("host"))
    assert refusal(links.make, space=space, by=space.host) == "link_public"


def test_after_the_end_no_link_is_made(room):
    spaces.end(space=room.space, by=room.host)
    assert refusal(make, room) == "ended"


def test_making_needs_a_csrf_token_and_has_a_limit(room):
    client = Client(enforce_csrf_checks=True)
    client.force_login(room.host.user)
    assert client.post(reverse("links", args=[room.space.slug])).status_code == 403
    client = signed_in(room.host.user)
    answers = [client.post(reverse("links", args=[room.space.slug]), headers=HTMX).status_code for _ in range(31)]
    assert answers == [200] * 10 + [409] * 20 + [429]


# --- What does not open ---


def test_whatever_does_not_open_looks_like_a_space_that_never_was(room):
    with time_machine.travel(NOW, tick=False) as clock:
        (_, expired), (revoked_link, revoked) = make(room), make(room)
        links.revoke(link=revoked_link, by=room.host.user)
        clock.shift(timedelta(days=7))
        for client in (Client(), signed_in(cast.user("stranger"))):
            never = as_answered(client.get(reverse("space", args=["nowhere"])))
            assert never[0] == 404
            for token in (expired, revoked, "x" * 22, "x", "%00", "ä", "x" * 3000):
                assert as_answered(open_link(client, token)) == never, token
            assert "invite_links" not in client.session


def test_a_link_opens_to_the_second(room):
    with time_machine.travel(NOW, tick=False) as clock:
        link, token = make(room)
        assert link.expires_at == NOW + timedelta(days=7)
        holder = Client()
        clock.move_to(link.expires_at - timedelta(seconds=1))
        assert open_link(holder, token).status_code == 303 and sees(holder, room.space)
        clock.move_to(link.expires_at)
        assert open_link(Client(), token).status_code == 404
        assert not sees(holder, room.space)
        assert selectors.invite_links(room.space) == []


def test_a_link_into_a_planned_space_lasts_from_its_start_and_moves_with_it(db):
    with time_machine.travel(NOW, tick=False):
        space = planned(is_private=True)
        link, _ = links.make(space=space, by=space.host)
        assert link.expires_at == space.scheduled_for + timedelta(days=7)
        later = NOW + timedelta(days=13)
        schedule.move(space=space, scheduled_for=later, by=space.host)
        link.refresh_from_db()
        assert link.expires_at == later + timedelta(days=7)


def test_guessing_has_a_limit_that_spares_nobody(room):
    _, token = make(room)
    client = Client()
    answers = [open_link(client, "guess").status_code for _ in range(60)]
    assert set(answers) == {404}
    assert open_link(client, token).status_code == 429
    assert not sees(client, room.space)


def test_one_network_is_one_guesser_however_many_addresses_it_has(room):
    client = Client()
    for n in range(60):
        assert client.get(reverse("join", args=["guess"]), REMOTE_ADDR=f"2001:db8:1:2::{n:x}").status_code == 404
    tries = {"2001:db8:1:2:ffff::1": 429, "2001:db8:1:3::1": 404, "::ffff:192.0.2.1": 404, "192.0.2.2": 404}
    for address, status in tries.items():
        assert client.get(reverse("join", args=["guess"]), REMOTE_ADDR=address).status_code == status


# --- What opens ---


def test_a_link_lets_a_guest_in_and_leaves_the_address(room):
    link, token = make(room)
    client = Client()
    answer = open_link(client, token)
    assert (answer.status_code, answer["Location"]) == (303, room.space.get_absolute_url())
    assert answer["Cache-Control"] == "no-store" and answer["Referrer-Policy"] == "same-origin"
    page = client.get(answer["Location"]).content.decode()
    assert "Evening talk" in page and token not in page
    assert client.post(reverse("attendance", args=[room.space.slug]), headers=HTMX).status_code == 303
    assert 'id="roster"' in client.get(answer["Location"]).content.decode()


def test_a_link_is_kept_over_signing_in(room):
    _, token = make(room)
    client = Client()
    open_link(client, token)
    cast.user("ana")
    client.post(reverse("account_login"), {"login": "ana", "password": cast.PASSWORD})
    assert sees(client, room.space)


def test_a_browser_keeps_its_newest_links(room):
    client = Client()
    for _ in range(LINKS_KEPT + 5):
        link, token = make(room)
        open_link(client, token)
        InviteLink.objects.filter(pk=link.pk).update(expires_at=NOW)
    assert len(client.session["invite_links"]) == LINKS_KEPT


def test_revoking_keeps_out_who_has_not_come_yet_and_puts_out_nobody(room):
    link, token = make(room)
    inside, outside = Client(), Client()
    for client in (inside, outside):
        open_link(client, token)
    inside.post(reverse("attendance", args=[room.space.slug]))
    links.revoke(link=link, by=room.cohost.user)
    assert not sees(outside, room.space)
    assert outside.post(reverse("attendance", args=[room.space.slug])).status_code == 404
    assert 'id="roster"' in inside.get(room.space.get_absolute_url()).content.decode()
    assert Participant.objects.filter(space=room.space, guest__gt="", left_at=None).count() == 2


def test_one_link_revoked_leaves_the_other(room):
    (first, _), (_, second) = make(room), make(room)
    links.revoke(link=first, by=room.host.user)
    links.revoke(link=first, by=room.host.user)
    client = Client()
    open_link(client, second)
    assert sees(client, room.space)
    stay = attendance.join(space=room.space, by=Person(guest="x" * 64, links=frozenset(client.session["invite_links"])))
    assert stay.is_present


# --- The secret ---


def test_a_token_is_128_random_bits_and_only_its_hash_is_kept(room):
    made = [make(room) for _ in range(10)]
    tokens = [token for _, token in made]
    assert len({base64.urlsafe_b64decode(token + "==") for token in tokens}) == 10
    assert all(len(base64.urlsafe_b64decode(token + "==")) == 16 for token in tokens)
    rows = str(list(InviteLink.objects.values()))
    assert not any(token in rows for token in tokens)
    assert all(links.digest(token) in rows for token in tokens)
    client = Client()
    open_link(client, tokens[0])
    assert not any(token in str(Session.objects.get().get_decoded()) for token in tokens)


def test_the_address_is_shown_once_to_whoever_made_it(room):
    client, where = signed_in(room.host.user), reverse("links", args=[room.space.slug])
    answer = client.post(where, headers=HTMX)
    assert answer["Cache-Control"] == "no-store"
    shown = by_id(answer.content.decode())
    address = re.search(r'value="http://testserver(/join/[\w-]{22}/)"', shown["new-link"])[1]
    assert "Opens until" in shown["invite-links"]
    assert Client().get(address).status_code == 303
    page = client.get(reverse("invitations", args=[room.space.slug]))
    assert "Opens until" in page.content.decode() and "/join/" not in page.content.decode()


def test_without_scripts_a_link_is_made_as_well(room):
    answer = signed_in(room.host.user).post(reverse("links", args=[room.space.slug]))
    assert answer["Cache-Control"] == "no-store" and answer.content.decode().count("/join/") == 2


def test_revoking_takes_the_link_and_its_address_off_the_page(room):
    link, _ = make(room)
    answer = signed_in(room.host.user).delete(reverse("link", args=[room.space.slug, link.pk]), headers=HTMX)
    shown = by_id(answer.content.decode())
    assert str(link.pk) not in shown["invite-links"]
    assert 'hx-swap-oob="delete"' in shown[f"new-link-{link.pk}"]


@pytest.fixture
def log():
    """Everything any part of the site logs, as the configured handler writes it."""
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    form = configured("DEBUG")["formatters"]["line"]
    handler.setFormatter(Discreet(form["format"], style=form["style"]))
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def test_no_token_appears_in_our_logs(room, log):
    link, token = make(room)
    for answers in (303, 404):
        assert open_link(Client(), token).status_code == answers
        Client().get(f"/join/{token}")
        Client().post(f"/join/{token}/")
        links.revoke(link=link, by=room.host.user)
    while open_link(Client(), token).status_code != 429:
        pass
    logging.getLogger("rooms").error("failed", exc_info=OSError(f"GET https://example.org/join/{token}/?x=1"))
    assert "/join/.../" in log.getvalue()
    assert token not in log.getvalue()
