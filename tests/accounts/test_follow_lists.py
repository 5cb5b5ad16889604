"""The two lists of a profile: who may read them, in which order, page by page, and taking a follower off one's own."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import selectors
from accounts.models import Follow, User
from accounts.services import blocks, graph, privacy
from tests.accounts.test_follows import button, somebody

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(db) -> User:
    return somebody("ben")


@pytest.fixture
def crowd(ana) -> list[User]:
    """More than fit on two pages follow Ana; the last one came first, and all in the same moment but that one."""
    people = User.objects.bulk_create(
        User(handle=f"one{n}", email=f"one{n}@example.org", display_name=f"One {n}") for n in range(120)
    )
    now = timezone.now()
    Follow.objects.bulk_create(Follow(follower=one, followed=ana, created_at=now) for one in people)
    Follow.objects.filter(follower=people[-1]).update(created_at=now - timedelta(days=1))
    return people


def names(response) -> list[str]:
    return re.findall(r'class="people-name">(.*?)<', response.content.decode())


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("side", ["followers", "following"])
def test_the_lists_of_a_protected_account_are_for_its_followers(client, ana, ben, side):
    graph.follow(person=ana, by=ben)
    privacy.protect(by=ana)
    path = f"/@ana_lima/{side}/"
    for reader in (client, signed_in(somebody("stranger"))):
        assert reader.get(path).status_code == 403
        assert path not in reader.get("/@ana_lima/").content.decode()
    for reader in (signed_in(ana), signed_in(ben)):
        assert reader.get(path).status_code == 200
        assert path in reader.get("/@ana_lima/").content.decode()


def test_closed_accounts_and_those_one_is_blocked_with_stand_on_no_list(ana, ben):
    closed, closing, shut_out = somebody("closed"), somebody("closing"), somebody("shut_out")
    for person in (ben, closed, closing, shut_out):
        graph.follow(person=ana, by=person)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    User.objects.filter(pk=closing.pk).update(closing_at=timezone.now())
    blocks.block(person=shut_out, by=ben)
    assert names(signed_in(ben).get("/@ana_lima/followers/")) == ["Ben"]
    assert names(Client().get("/@ana_lima/followers/")) == ["Shut_Out", "Ben"]


@pytest.mark.parametrize("after", ["x", "1.x", "1.", ".", "-1.5", "9" * 40 + ".1", "1.1.1", "'--"])
def test_a_mutilated_page_is_the_first(client, ana, ben, after):
    graph.follow(person=ana, by=ben)
    assert client.get("/@ana_lima/followers/", {"after": after}).status_code == 200


def test_page_by_page_everybody_stands_there_once(client, ana, crowd, django_assert_num_queries):
    seen, after = [], ""
    for size in (50, 50, 20):
        with django_assert_num_queries(1):
            page = selectors.followers(ana, reader=ana, after=after)
        assert len(page.rows) == size
        seen, after = seen + page.rows, page.after
        # Whoever leaves meanwhile takes nobody along.
        Follow.objects.filter(follower=page.rows[-1]).delete()
    assert not after and set(seen) == set(crowd) and len(seen) == len(crowd)
    assert seen[-1] == crowd[-1]


def test_a_page_leads_to_the_next(client, ana, crowd):
    response = client.get("/@ana_lima/followers/")
    address = re.search(r'hx-get="([^"]+)"', response.content.decode())[1]
    second = client.get(f"/@ana_lima/followers/{address}")
    assert len(names(response)) == len(names(second)) == 50
    assert not set(names(response)) & set(names(second))


def test_it_takes_the_same_queries_however_many_follow(ana, ben):
    client, costs = signed_in(ben), []
    graph.follow(person=ana, by=ben)
    # The first look of a browser notes its session.
    client.get("/me/")
    for n in range(3):
        with CaptureQueriesContext(connection) as queries:
            client.get("/@ana_lima/followers/")
        costs.append(len(queries))
        graph.follow(person=ana, by=somebody(f"one{n}"))
    assert len(set(costs)) == 1


def test_the_rows_know_whom_one_follows_and_whom_one_asked(ana, ben):
    shy, loud = somebody("shy", is_protected=True), somebody("loud")
    for person in (shy, loud):
        graph.follow(person=ana, by=person)
        graph.follow(person=person, by=ben)
    response = signed_in(ben).get("/@ana_lima/followers/")
    assert "Requested" in button(shy, response) and "Following" in button(loud, response)
    assert names(signed_in(ben).get("/@ben/following/")) == ["Loud"]


def test_an_empty_list_invites(client, ana):
    assert "Be the first." in client.get("/@ana_lima/followers/").content.decode()
    assert "Host a Space" in signed_in(ana).get("/@ana_lima/followers/").content.decode()


def test_one_takes_a_follower_off_ones_own_list_alone(ana, ben):
    graph.follow(person=ana, by=ben)
    assert "/me/followers/ben/" not in signed_in(ben).get("/@ana_lima/followers/").content.decode()
    signed_in(somebody("stranger")).delete("/me/followers/ben/")
    assert selectors.follows(ben, ana)
    client = signed_in(ana)
    assert 'hx-delete="/me/followers/ben/"' in client.get("/@ana_lima/followers/").content.decode()
    response = client.delete("/me/followers/ben/")
    assert response.status_code == 303 and response["Location"] == "/@ana_lima/followers/"
    assert not selectors.follows(ben, ana)


def test_a_profile_says_who_follows_back(ana, ben):
    client = signed_in(ben)
    assert "Follows you" not in client.get("/@ana_lima/").content.decode()
    graph.follow(person=ben, by=ana)
    assert "Follows you" in client.get("/@ana_lima/").content.decode()
