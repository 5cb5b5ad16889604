"""Whoever was removed from a private Space, and whoever comes with their browser, learns nothing of it any more."""

import re

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from rooms import selectors
from rooms.consumers import live
from rooms.feeds import feed_token
from rooms.identity import GUEST_COOKIE
from rooms.models import Notice, Participant, Space
from rooms.services import attendance, links, reminders, removal, schedule, spaces
from tests.support import cast
from tests.support.live import AtHome, Visitor
from tests.support.planned import accepted, browser, plan

act = database_sync_to_async


def private_room(**details) -> Space:
    """Planned, on air, and private."""
    space = plan(cast.user("host"), "Gardens", is_private=True, **details)
    return schedule.go_live(space=space, by=space.host)


@pytest.fixture
def space(db) -> Space:
    return private_room()


def rename(space: Space, title: str = "Secret garden") -> None:
    words = {"title": title, "description": f"{title} behind the wall", "topics": [], "language": "en"}
    spaces.describe(space=space, **words, by=space.host)


def host_of(space: Space) -> Participant:
    return Participant.objects.get(space=space, role="host")


def come_in(client: Client, space: Space) -> Participant:
    """By a link, with this browser."""
    _, token = links.make(space=space, by=space.host)
    assert client.get(reverse("join", args=[token])).status_code == 303
    assert client.post(reverse("attendance", args=[space.slug])).status_code == 303
    return Participant.objects.filter(space=space).latest("joined_at")


def thrown_out(space: Space, client: Client) -> Participant:
    """Came in by a link and was removed; after that it was given other words."""
    stay = come_in(client, space)
    removal.remove(participant=stay, by=host_of(space))
    rename(space)
    return stay


def an_account(space: Space) -> Client:
    client = browser(cast.user("rowdy"))
    thrown_out(space, client)
    return client


def a_guest(space: Space) -> Client:
    client = Client()
    thrown_out(space, client)
    return client


def a_guest_who_signs_in(space: Space) -> Client:
    client = a_guest(space)
    client.force_login(cast.user("rowdy"))
    assert not Participant.objects.filter(space=space, user__handle="rowdy").exists()
    return client


def an_account_in_whose_browser_a_guest_was(space: Space) -> Client:
    """And who holds a link of their own."""
    guest = a_guest(space)
    client = browser(cast.user("rowdy"))
    client.cookies[GUEST_COOKIE] = guest.cookies[GUEST_COOKIE].value
    _, token = links.make(space=space, by=space.host)
    client.get(reverse("join", args=[token]))
    return client


OUT = [an_account, a_guest, a_guest_who_signs_in, an_account_in_whose_browser_a_guest_was]
who_is_out = pytest.mark.parametrize("who", OUT, ids=lambda who: who.__name__.replace("_", " "))


def jar_of(client: Client) -> dict[str, str]:
    return {name: cookie.value for name, cookie in client.cookies.items()}


@who_is_out
@pytest.mark.parametrize("then", ["live", "ended"])
def test_its_page_says_that_and_nothing_else(space, who, then):
    client = who(space)
    if then == "ended":
        spaces.end(space=space, by=host_of(space))
    page = client.get(space.get_absolute_url()).content.decode()
    assert "You were removed from this Space" in page
    assert "Secret" not in page and "Gardens" not in page and 'id="stage"' not in page
    assert "Who was on stage" not in page and 'id="listen"' not in page


@who_is_out
@pytest.mark.parametrize("then", ["live", "ended"])
def test_neither_its_file_nor_its_facts_are_for_them(space, who, then):
    client = who(space)
    if then == "ended":
        spaces.end(space=space, by=host_of(space))
    for name in ("space_ics", "space_json"):
        answer = client.get(reverse(name, args=[space.slug]))
        assert answer.status_code == 403 and "Secret" not in answer.content.decode(), name


def test_those_it_lets_in_keep_page_file_and_facts(space):
    an_account(space)
    client = browser(cast.user("friend"))
    come_in(client, space)
    for name in ("space", "space_ics", "space_json"):
        answer = client.get(reverse(name, args=[space.slug]))
        assert answer.status_code == 200 and "Secret garden" in answer.content.decode(), name


def feed_of(user) -> list[str]:
    data = Client().get(reverse("calendar_feed", args=[feed_token(user.pk, 1)])).content
    return [str(event["summary"]) for event in Calendar.from_ical(data).walk("VEVENT")]


def test_a_yes_that_brought_them_in_is_no_way_to_know_of_it_any_more(db):
    space, rowdy = plan(cast.user("host"), is_private=True), cast.user("rowdy")
    accepted(space, rowdy)
    reminders.ask(space=space, by=rowdy)
    schedule.go_live(space=space, by=space.host)
    stay = cast.enter(space, rowdy)
    assert feed_of(rowdy) == ["Gardens"] and selectors.waiting(space) == {rowdy.pk}
    removal.remove(participant=stay, by=host_of(space))
    assert feed_of(rowdy) == [] and selectors.waiting(space) == set()
    assert "Gardens" not in browser(rowdy).get(reverse("calendar")).content.decode()
    removal.lift(participant=stay, by=host_of(space))
    assert feed_of(rowdy) == ["Gardens"]


# --- Sockets ---


@pytest.fixture
def quick_pulse(monkeypatch):
    monkeypatch.setattr(live, "PULSE_SECONDS", 0.05)


@who_is_out
async def test_a_socket_closes_and_tells_no_title(transactional_db, who):
    space = await act(private_room)()
    client = await act(who)(space)
    visitor = Visitor(space.slug, jar_of(client))
    assert (await visitor.socket.connect())[0]
    await visitor.until(lambda: visitor.closed == 4403)
    assert set(visitor.page.elements) == {"dock-body"}
    assert 'data-barred="removed"' in visitor.page.elements["dock-body"] and "Secret" not in str(visitor.page.elements)


async def test_whoever_looks_in_with_the_browser_of_somebody_removed_is_shut_out_too(transactional_db, quick_pulse):
    space = await act(private_room)()
    guest = Client()
    stay = await act(come_in)(guest, space)
    client = await act(lambda: browser(cast.user("rowdy")))()
    client.cookies[GUEST_COOKIE] = guest.cookies[GUEST_COOKIE].value
    _, token = await act(links.make)(space=space, by=space.host)
    await act(client.get)(reverse("join", args=[token]))
    outside = await Visitor(space.slug, jar_of(client)).open()
    await act(removal.remove)(participant=stay, by=await act(host_of)(space))
    await outside.until(lambda: outside.closed == 4403)


async def test_the_card_that_it_started_leaves_their_pages_and_comes_back_with_them(transactional_db):
    def told_and_inside() -> tuple[Participant, Client]:
        space, rowdy = plan(cast.user("host"), is_private=True), cast.user("rowdy")
        accepted(space, rowdy)
        schedule.go_live(space=space, by=space.host)
        stay = cast.enter(space, rowdy)
        reminders.tell(space, Notice.Kind.START, [rowdy.pk])
        return stay, browser(rowdy)

    stay, client = await act(told_and_inside)()
    host = await act(host_of)(stay.space)
    page = await AtHome({"sessionid": client.cookies["sessionid"].value}).open()
    assert page.shows("Gardens")
    await act(removal.remove)(participant=stay, by=host)
    await page.until(lambda: not page.shows("Gardens"))
    await act(removal.lift)(participant=stay, by=host)
    await page.until(lambda: page.shows("Gardens"))
    await page.close()


# --- A listed one is everybody's ---


def test_of_a_listed_space_they_keep_what_everybody_may_know(db):
    space = schedule.go_live(space=(planned := plan(cast.user("host"))), by=planned.host)
    client = browser(cast.user("rowdy"))
    assert client.post(reverse("attendance", args=[space.slug])).status_code == 303
    removal.remove(participant=Participant.objects.get(user__handle="rowdy"), by=host_of(space))
    assert "You were removed" in client.get(space.get_absolute_url()).content.decode()
    for name in ("space_ics", "space_json"):
        assert client.get(reverse(name, args=[space.slug])).status_code == 200
    spaces.end(space=space, by=host_of(space))
    page = client.get(space.get_absolute_url()).content.decode()
    assert "Who was on stage" in page and re.search(r"<title>Gardens", page)


def test_a_host_is_shut_out_by_nobody_who_used_their_browser(space):
    guest = Client()
    thrown_out(space, guest)
    client = browser(space.host)
    client.cookies[GUEST_COOKIE] = guest.cookies[GUEST_COOKIE].value
    attendance.walk_out(participant=host_of(space))
    page = client.get(space.get_absolute_url()).content.decode()
    assert "Secret garden" in page and 'id="listen"' in page
