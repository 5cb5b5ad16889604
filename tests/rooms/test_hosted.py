"""The Spaces on a person's page: what is on air, to come and over, and who may know of it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from accounts.services import graph, privacy
from rooms import selectors
from rooms.models import Space
from rooms.services import schedule, spaces
from tests.support import cast
from tests.support.invited import ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(db) -> User:
    return cast.user("ana")


@pytest.fixture
def reader(db) -> User:
    return cast.user("reader")


def live(host: User, title: str = "On roofs", **facts) -> Space:
    return spaces.start(title=title, speak_permission="invited", by=host, **facts)


def planned(host: User, title: str = "On bees", **facts) -> Space:
    return schedule.plan(title=title, scheduled_for=timezone.now() + timedelta(days=1), by=host, **facts)


def over(host: User, number: int, **facts) -> Space:
    """One that ended so many days ago."""
    ended = timezone.now() - timedelta(days=number)
    return Space.objects.create(
        host=host,
        title=f"Evening {number}",
        state="ended",
        started_at=ended - timedelta(hours=1),
        ended_at=ended,
        **facts,
    )


def page(person: User, by: User | None = None, query: str = "") -> str:
    client = Client()
    if by:
        client.force_login(by)
    return client.get(f"/@{person.handle}/{query}").content.decode()


def titles(html: str) -> list[str]:
    return re.findall(r"<h[23]><a (?:class=\"card-link\" )?href=\"/spaces/[^\"]+\">(.*?)</a>", html)


# --- Who may not know ---


def test_a_private_space_is_not_there_for_whoever_is_not_let_in(ana, reader):
    private = live(ana, is_private=True), planned(ana, is_private=True)
    for by in (None, reader):
        assert titles(page(ana, by)) == []
    for space in private:
        ask(space, reader)
    assert titles(page(ana, reader)) == titles(page(ana, ana)) == ["On roofs", "On bees"]
    assert titles(page(ana)) == []


def test_what_was_private_stands_on_no_page(ana):
    over(ana, 1, is_private=True)
    assert titles(page(ana)) == titles(page(ana, ana)) == []


def test_the_spaces_of_a_protected_account_are_for_its_followers(ana, reader):
    follower = cast.user("follower")
    graph.follow(person=ana, by=follower)
    live(ana)
    over(ana, 1)
    privacy.protect(by=ana)
    assert Space.objects.get(host=ana, state="live")
    for by in (None, reader):
        assert titles(page(ana, by)) == []
    for by in (ana, follower):
        assert titles(page(ana, by)) == ["On roofs", "Evening 1"]


def test_what_never_took_place_is_no_space_of_the_past(ana):
    schedule.cancel(space=planned(ana), by=ana)
    assert titles(page(ana)) == []


# --- What is there ---


def test_on_air_comes_first_then_what_comes_then_what_was(ana, reader):
    for number in (3, 1, 2):
        over(ana, number)
    over(reader, 1)
    live(ana)
    planned(ana)
    html = page(ana)
    assert titles(html) == ["On roofs", "On bees", "Evening 1", "Evening 2", "Evening 3"]
    assert "On air now" in html


def test_ten_at_a_time_the_latest_first(ana, django_assert_num_queries):
    for number in range(1, 26):
        over(ana, number)
    seen, after = [], ""
    for size in (10, 10, 5):
        with django_assert_num_queries(2):
            found = selectors.hosted(ana, after=after)
        assert len(found.past.rows) == size
        seen, after = seen + [space.title for space in found.past.rows], found.past.after
    assert seen == [f"Evening {number}" for number in range(1, 26)] and not after
    more = re.search(r'hx-get="(\?before=[^"]+)"', page(ana))[1]
    assert titles(page(ana, query=more))[0] == "Evening 11"
    assert titles(page(ana, query="?before=x'--")) == titles(page(ana))


def test_the_same_two_queries_for_a_reader_with_an_account(ana, reader, django_assert_num_queries):
    live(ana)
    with django_assert_num_queries(2):
        assert selectors.hosted(ana, reader=reader).live


def test_an_empty_page_invites(ana, reader):
    assert "Start a Space" in page(ana, ana).split("<main")[1]
    assert "Ana has not hosted a Space yet." in page(ana, reader)
