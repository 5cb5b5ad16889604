"""Which live Spaces stand on the home page, where, and for whom."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.services import blocks, graph
from rooms import selectors
from rooms.identity import Person
from rooms.models import Participant, Space
from rooms.selectors import Look
from rooms.services import attendance, spaces
from rooms.services.locking import fresh
from rooms.warmth import warmth
from tests.support import cast
from tests.support.planned import browser

NOBODY = Look()


@pytest.fixture
def reader(db) -> User:
    return cast.user("reader")


def live(handle: str, title: str = "", **details) -> Space:
    return spaces.start(title=title or f"{handle} talks", by=cast.user(handle), **details)


def titles(found: list[Space]) -> list[str]:
    return [space.title for space in found]


def listed(look: Look = NOBODY) -> list[str]:
    return titles(selectors.home(look).listed)


def followed(reader: User) -> dict[str, list[str]]:
    """Titles, and the names of followed people who are shown in each."""
    found = selectors.home(Look(reader)).followed
    return {space.title: [person.name for person in space.here] for space in found}


def follow(reader: User, *people: User) -> None:
    for person in people:
        graph.follow(person=person, by=reader)


# --- What is not shown ---


def test_a_private_space_is_on_nobodys_list_not_even_its_followers(reader):
    space = live("ana", is_private=True)
    follow(reader, space.host)
    assert listed() == listed(Look(reader)) == [] and followed(reader) == {}


@pytest.mark.parametrize("act", ["they block", "they are blocked", "they mute"])
def test_spaces_of_people_one_blocks_or_mutes_are_not_shown(reader, act):
    host = live("ana").host
    follow(reader, host)
    if act == "they block":
        blocks.block(person=host, by=reader)
    elif act == "they are blocked":
        blocks.block(person=reader, by=host)
    else:
        blocks.mute(person=host, by=reader)
    assert listed(Look(reader)) == [] and followed(reader) == {}
    assert listed() == ["ana talks"]


def test_a_listener_who_does_not_show_it_is_not_shown_to_followers(reader):
    space, listener = live("ana"), cast.user("bo")
    cast.enter(space, listener)
    follow(reader, listener)
    assert followed(reader) == {} and listed(Look(reader)) == ["ana talks"]


@pytest.mark.parametrize("hidden", ["unnamed", "away", "gone", "muted"])
def test_a_listener_who_shows_it_is_not_shown_when(reader, hidden):
    space, listener = live("ana"), cast.user("bo", shows_listening=True)
    follow(reader, listener)
    stay = attendance.join(space=space, by=Person(user=listener), unnamed=hidden == "unnamed")
    if hidden == "away":
        attendance.note_connections(lost=[str(stay.pk)], back=[])
    if hidden == "gone":
        attendance.leave(participant=stay, by=stay)
    if hidden == "muted":
        blocks.mute(person=listener, by=reader)
    assert followed(reader) == {}


def test_somebody_followed_in_a_private_space_is_not_shown_there(reader):
    space = live("ana", is_private=True)
    bo = cast.user("bo", shows_listening=True)
    Participant.objects.create(space=space, user=bo, joined_at=timezone.now())
    follow(reader, bo)
    assert followed(reader) == {}


# --- What is ---


def test_each_space_appears_once_those_of_followed_people_first(reader):
    mine, hers = live("ana"), live("bea")
    live("cy")
    follow(reader, mine.host)
    bo = cast.user("bo", shows_listening=True)
    cast.enter(hers, bo)
    follow(reader, bo)
    assert followed(reader) == {"ana talks": [], "bea talks": ["Bo"]}
    assert listed(Look(reader)) == ["cy talks"]
    assert sorted(listed()) == ["ana talks", "bea talks", "cy talks"]


def test_a_followed_speaker_is_always_shown_because_the_stage_is_public(reader):
    space = live("ana")
    host = Participant.objects.get(space=space, role="host")
    speaker = cast.seat(cast.enter(space, cast.user("bo")), by=host)
    follow(reader, speaker.user)
    assert followed(reader) == {"ana talks": ["Bo"]}
    assert "<strong>Bo</strong> is speaking" in browser(reader).get("/").content.decode()


def test_twice_the_audience_makes_up_for_an_hour():
    now = timezone.now()
    assert warmth(3, now) - warmth(1, now) == pytest.approx(1)
    assert warmth(0, now) - warmth(0, now - timedelta(hours=1)) == pytest.approx(1)


def test_the_warmest_come_first(db):
    live("late")
    full = live("full")
    for number in range(3):
        cast.enter(full, cast.user(f"listener{number}"))
    Space.objects.filter(title="late talks").update(started_at=timezone.now() - timedelta(hours=9))
    late = Participant.objects.get(space__title="late talks")
    attendance.note_connections(lost=[str(late.pk)], back=[])
    live("young")
    assert listed() == ["full talks", "young talks", "late talks"]


def test_the_audience_is_counted_as_people_come_and_go(db):
    room = cast.live_space()

    def counted() -> int:
        return Space.objects.get(pk=room.space.pk).audience

    assert counted() == 2
    attendance.note_connections(lost=[str(room.guest.pk)], back=[])
    assert counted() == 1
    attendance.note_connections(lost=[], back=[str(room.guest.pk)])
    cast.seat(fresh(room.listener), by=room.host)
    assert counted() == 1
    spaces.end(space=room.space, by=room.host)
    assert counted() == 0


# --- Narrowing down, and more ---


def test_only_languages_and_topics_that_occur_are_offered(db):
    live("ana", language="de", topics=["Bees"])
    live("bea", language="en", topics=["Bees", "Roofs"])
    live("cy", language="fr", topics=["Secrets"], is_private=True)
    assert [code for code, _ in selectors.languages(NOBODY)] == ["de", "en"]
    assert selectors.topics(NOBODY) == ["Bees", "Roofs"]
    assert listed(Look(language="de")) == ["ana talks"]
    assert listed(Look(topic="Roofs")) == ["bea talks"]
    assert listed(Look(language="de", topic="Roofs")) == []
    page = Client().get("/?language=de").content.decode()
    assert "ana talks" in page and "bea talks" not in page and 'aria-current="true"' in page


@pytest.mark.parametrize(
    "query",
    ["language=xx", "language=%00", "topic=%00", "shown=-1", "shown=9999999", "shown=x", "shown=%D9%A3"],
)
def test_what_no_link_asks_for_does_no_harm(db, query):
    live("ana")
    assert Client().get(f"/?{query}").status_code == 200


def test_a_filter_that_finds_nothing_says_so_and_leads_back(db):
    page = Client().get("/?topic=%3Cb%3E").content.decode()
    assert "Nobody is on air about &lt;b&gt; right now." in page and "Everything" in page


def test_more_are_shown_on_demand_each_once(db):
    for number in range(5):
        live(f"host{number}")
    first = selectors.home(NOBODY, 2)
    assert len(first.listed) == 2 and first.more
    everything = selectors.home(NOBODY, 6)
    assert len(set(titles(everything.listed))) == 5 and not everything.more
    assert titles(everything.listed)[:2] == titles(first.listed)


def test_the_number_of_queries_is_fixed(reader, django_assert_num_queries):
    counted = []
    for number in range(8):
        space = live(f"host{number}", topics=["Bees", f"Topic {number}"], language=["de", "en"][number % 2])
        listener = cast.user(f"listener{number}", shows_listening=True)
        cast.enter(space, listener)
        follow(reader, *([space.host] if number % 2 else [listener]))
        live(f"another{number}")
        with CaptureQueriesContext(connection) as queries:
            browser(reader).get("/")
        counted.append(len(queries))
    assert len(set(counted[1:])) == 1
    with django_assert_num_queries(3):
        selectors.home(NOBODY)
    with django_assert_num_queries(6):
        selectors.home(Look(reader))
    with django_assert_num_queries(6):
        Client().get("/")
