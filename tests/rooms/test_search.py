"""Finding Spaces and people: what is hidden stays so, and whatever is typed is words."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.search import having
from accounts.services import blocks, graph
from rooms import selectors
from rooms.models import Participant, Space
from rooms.services import invitations, spaces
from tests.support import cast
from tests.support.planned import browser, plan


@pytest.fixture
def reader(db) -> User:
    return cast.user("reader")


def live(handle: str, title: str, **details) -> Space:
    return spaces.start(title=title, by=cast.user(handle), **details)


def past(handle: str, title: str, **details) -> Space:
    space = live(handle, title, **details)
    spaces.end(space=space, by=Participant.objects.get(space=space, role="host"))
    return space


def found(query: str, who: User | None = None, **more: str) -> dict[str, list[str]]:
    """By kind: titles, or handles."""
    answer = browser(who).get("/search/", {"q": query} | more)
    assert answer.status_code == 200
    kinds = answer.context["found"]
    return {each["kind"]: [getattr(one, "title", None) or one.handle for one in each["those"]] for each in kinds}


# --- What is hidden ---


def test_a_private_space_is_found_by_those_alone_who_may_know_of_it(reader):
    space = live("ana", "Beekeepers", is_private=True)
    assert found("beekeepers") == found("beekeepers", reader) == {}
    invitations.invite(space=space, user=reader, kind="listen", by=space.host)
    assert found("beekeepers", reader) == found("beekeepers", space.host) == {"live": ["Beekeepers"]}


@pytest.mark.parametrize("mine", [True, False])
def test_blocked_people_do_not_find_each_other(reader, mine):
    host = live("ana", "Beekeepers").host
    blocks.block(person=host if mine else reader, by=reader if mine else host)
    assert found("beekeepers", reader) == found("ana", reader) == {}
    assert found("ana") == {"live": ["Beekeepers"], "people": ["ana"]}


@pytest.mark.parametrize("gone", [{"is_active": False}, {"closing_at": timezone.now()}], ids=["suspended", "closing"])
def test_closed_accounts_are_not_found_nor_what_they_hosted(db, gone):
    past("ana", "Beekeepers")
    User.objects.filter(handle="ana").update(**gone)
    assert found("ana") == found("beekeepers") == {}


def test_what_has_passed_of_protected_people_is_for_their_followers(reader):
    host = past("ana", "Beekeepers").host
    graph.follow(person=host, by=reader)
    User.objects.filter(pk=host.pk).update(is_protected=True)
    assert found("beekeepers") == found("beekeepers", cast.user("other")) == {}
    assert found("beekeepers", reader) == found("beekeepers", host) == {"past": ["Beekeepers"]}


@pytest.mark.parametrize(
    "query", ["", "  ", "%", "_", "'", '"', "\\", ":*", "!", "a' OR 1=1", "bees | roofs", "\x00", "<i>"]
)
def test_nothing_but_words_is_understood(db, query):
    live("ana", "Bees")
    assert found(query) == {}
    assert "<i>" not in Client().get("/search/", {"q": query}).content.decode()


@pytest.mark.parametrize("more", [{"kind": "x"}, {"kind": "people", "shown": "-1"}, {"kind": "past", "shown": "9" * 9}])
def test_what_no_link_asks_for_does_no_harm(db, more):
    cast.user("ana")
    assert found("ana", **more) in ({"people": ["ana"]}, {})


def test_sixty_searches_a_minute_are_enough(db):
    client = Client()
    assert {client.get("/search/?q=x").status_code for _ in range(60)} == {200}
    answer = client.get("/search/?q=x", headers={"HX-Request": "true"})
    assert answer.status_code == 429 and "Wait a moment" in answer.content.decode()


# --- What is found ---


def test_an_empty_search_invites(db):
    assert "Begin with a topic, a title or a name." in Client().get("/search/").content.decode()


def test_live_comes_before_upcoming_before_past_before_people(db):
    past("old", "Bees then")
    plan(cast.user("next"), "Bees tomorrow")
    live("now", "Bees now")
    cast.user("bees_fan")
    kinds = {"live": ["Bees now"], "upcoming": ["Bees tomorrow"], "past": ["Bees then"], "people": ["bees_fan"]}
    assert found("bee") == kinds and list(found("bee")) == list(kinds)
    for kind, those in kinds.items():
        assert found("bee", kind=kind) == {kind: those}


def test_a_space_is_found_by_title_description_topic_and_host_whatever_the_accents(db):
    live("ana", "Évening", description="About wölves", topics=["Night walks"])
    for query in ("evening", "WOLV", "night", "walk even", "ana", "Ana"):
        assert found(query)["live"] == ["Évening"], query


def test_what_is_described_anew_is_found_anew(db):
    space = live("ana", "Bees")
    spaces.describe(space=space, title="Wasps", description="", topics=[], language="en", by=space.host)
    assert found("bees") == {} and found("wasps") == {"live": ["Wasps"]}


def test_whoever_has_the_handle_comes_first_then_whom_one_follows(reader):
    for handle in ("zoe_ann", "ann_b", "ann", "bob"):
        cast.user(handle)
    User.objects.filter(handle__in=["zoe_ann", "bob"]).update(bio="ann")
    graph.follow(person=User.objects.get(handle="zoe_ann"), by=reader)
    assert found("ann", reader)["people"] == ["ann", "ann_b", "zoe_ann", "bob"]


def test_more_are_shown_on_demand(db):
    for number in range(30):
        cast.user(f"ann{number:02}")
    assert len(found("ann")["people"]) == 6
    assert len(found("ann", kind="people")["people"]) == 20
    assert len(found("ann", kind="people", shown="40")["people"]) == 30


def test_of_what_is_gone_by_the_latest_are_looked_at_and_the_hidden_among_them_left_out(reader, monkeypatch):
    monkeypatch.setattr("rooms.selectors.search.ENDED_READ", 3)
    for number in range(4):
        past(f"old{number}", f"Bees {number}", is_private=number == 2)
    assert found("bees", reader) == {"past": ["Bees 3", "Bees 1"]}
    assert found("b") == {"past": ["Bees 3", "Bees 1"]}


def test_the_number_of_queries_is_fixed(reader, django_assert_num_queries):
    for number in range(3):
        live(f"now{number}", "Bees", topics=["Bees"])
        past(f"old{number}", "Bees")
        plan(cast.user(f"next{number}"), "Bees")
    states = [Space.State.LIVE, Space.State.SCHEDULED, Space.State.ENDED]
    with django_assert_num_queries(8):
        selectors.found_spaces(["bees"], reader, states=states, most=7)


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="an index of PostgreSQL")
def test_an_index_answers(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    words = having(["bees"], "search_text")
    assert "spaces_by_words" in Space.objects.filter(words).explain()


def test_late_ones_are_upcoming_until_they_expire(db):
    space = plan(cast.user("ana"), "Bees")
    Space.objects.filter(pk=space.pk).update(scheduled_for=timezone.now() - timedelta(hours=3))
    assert found("bees") == {}
