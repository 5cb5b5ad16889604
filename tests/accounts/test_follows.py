"""Following people: who may, what a repeat does, what it costs, and the button that does it."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import selectors
from accounts.models import Follow, User
from accounts.rules import REFUSALS, Refused, may_follow
from accounts.services import graph, people
from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db

AT_ONCE = 8


def somebody(handle: str, **fields) -> User:
    return people.open_account(
        handle=handle, email=f"{handle}@example.org", password=SECRET, display_name=handle.title(), **fields
    )


@pytest.fixture
def ben(db) -> User:
    return somebody("ben")


@pytest.fixture
def signed_in(client, ben) -> Client:
    client.force_login(ben)
    return client


def address(person: User) -> str:
    return reverse("follow", args=[person.handle])


def button(person: User, response) -> str:
    """The element the page or the answer shows in the place of this person's button, or nothing."""
    element = re.compile(rf'<(a|button|p) id="follow-{person.handle}".*?</\1>', re.DOTALL)
    found = element.search(response.content.decode())
    return found[0] if found else ""


# --- Refusals ---


@pytest.mark.parametrize(
    ("follower", "followed", "code"),
    [
        ({"pk": 1}, {"pk": 1}, "oneself"),
        ({"pk": 1}, {"pk": 2, "is_active": False}, "account_closed"),
        ({"pk": 1, "is_active": False}, {"pk": 2}, "account_closed"),
        ({"pk": 1}, {"pk": 2, "is_protected": True}, None),
        ({"pk": 1, "is_protected": True}, {"pk": 2}, None),
        ({"pk": 1}, {"pk": 2}, None),
    ],
)
def test_who_may_follow_whom(follower, followed, code):
    if code is None:
        return may_follow(User(**follower), User(**followed))
    with pytest.raises(Refused) as refused:
        may_follow(User(**follower), User(**followed))
    assert refused.value.code == code


@pytest.mark.parametrize(("block", "code"), [("blocks", "blocked_by_me"), ("blocked", "blocked_by_them")])
def test_nobody_follows_over_a_block(block, code):
    with pytest.raises(Refused, match=code):
        may_follow(User(pk=1), User(pk=2), **{block: True})


@pytest.mark.parametrize(("status", "sentence"), REFUSALS.values(), ids=REFUSALS)
def test_every_refusal_is_a_sentence(status, sentence):
    assert 400 <= status < 500 and sentence.endswith(".")


def test_a_refused_follow_writes_nothing(ana, ben):
    User.objects.filter(pk=ana.pk).update(is_active=False)
    for person in (ana, ben):
        with pytest.raises(Refused):
            graph.follow(person=person, by=ben)
    assert not Follow.objects.exists()


def test_the_database_refuses_oneself_and_a_second_row(ana, ben):
    graph.follow(person=ana, by=ben)
    for follower, followed in ((ana, ana), (ben, ana)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Follow.objects.create(follower=follower, followed=followed)


def test_an_unknown_and_a_closed_account_are_not_found(signed_in, ana):
    User.objects.filter(pk=ana.pk).update(is_active=False)
    assert signed_in.put("/@nobody/follow/").status_code == 404
    assert signed_in.put(address(ana)).status_code == 404


@pytest.mark.parametrize("verb", ["get", "post"])
def test_only_putting_and_deleting_mean_something(signed_in, ana, verb):
    assert getattr(signed_in, verb)(address(ana)).status_code == 405


@pytest.mark.parametrize("verb", ["put", "delete"])
def test_a_visitor_is_told_to_sign_in_and_gets_the_link(client, ana, verb):
    response = getattr(client, verb)(address(ana), headers={"HX-Request": "true"})
    assert response.status_code == 403
    assert REFUSALS["sign_in_first"][1] in response.content.decode()
    assert 'href="/account/login/?next=/%40ana_lima/"' in button(ana, response)
    assert not Follow.objects.exists()


def test_a_foreign_site_follows_nobody_in_ones_name(ana, ben):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ben)
    assert client.put(address(ana)).status_code == 403
    assert not Follow.objects.exists()


def test_following_oneself_is_answered_with_a_sentence_and_no_button(signed_in, ben):
    response = signed_in.put(address(ben))
    assert response.status_code == 403
    assert REFUSALS["oneself"][1] in response.content.decode()
    assert not button(ben, response)


def test_the_sixty_first_within_a_minute_is_asked_to_wait(signed_in, ana):
    answers = [signed_in.put(address(ana)).status_code for _ in range(61)]
    assert answers == [200] * 60 + [429]


# --- Following and its end ---


def test_a_repeat_writes_nothing(ana, ben, django_assert_num_queries):
    assert graph.follow(person=ana, by=ben)
    first = Follow.objects.get()
    with django_assert_num_queries(3):
        assert not graph.follow(person=ana, by=ben)
    assert Follow.objects.get() == first and Follow.objects.get().created_at == first.created_at
    assert graph.unfollow(person=ana, by=ben)
    assert not graph.unfollow(person=ana, by=ben)


def test_one_follows_in_one_direction_only(ana, ben):
    graph.follow(person=ana, by=ben)
    assert selectors.follows(ben, ana) and not selectors.follows(ana, ben)
    assert not graph.unfollow(person=ben, by=ana)
    assert selectors.follows(ben, ana)


def test_who_followed_before_an_account_was_protected_stays_and_may_leave(ana, ben):
    graph.follow(person=ana, by=ben)
    User.objects.filter(pk=ana.pk).update(is_protected=True)
    assert not graph.follow(person=ana, by=ben)
    assert graph.unfollow(person=ana, by=ben)


@pytest.mark.django_db(transaction=True)
def test_simultaneous_follows_all_succeed_and_leave_one_row(ana, ben):
    together = Barrier(AT_ONCE)

    def follow(_) -> bool:
        try:
            connection.ensure_connection()
            together.wait(30)
            return graph.follow(person=ana, by=ben)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        news = list(pool.map(follow, range(AT_ONCE)))
    assert sum(news) == 1
    assert Follow.objects.filter(follower=ben, followed=ana).count() == 1


# --- Reading ---


def test_each_question_costs_one_query(ana, ben, django_assert_num_queries):
    crowd = [somebody(f"one{number}") for number in range(5)]
    for person in (ana, *crowd[:2]):
        graph.follow(person=person, by=ben)
    graph.follow(person=ana, by=crowd[4])
    with django_assert_num_queries(1):
        assert selectors.follows(ben, ana)
    with django_assert_num_queries(1):
        assert selectors.followed_among(ben, [*crowd, ben]) == {crowd[0].pk, crowd[1].pk}
    with django_assert_num_queries(1):
        assert selectors.follower_count(ana) == 2
    with django_assert_num_queries(1):
        assert selectors.following_count(ben) == 3
    assert selectors.followed_among(ben, []) == set()


def test_who_follows_somebody_is_read_newest_first_from_an_index(ana, ben):
    newest = ana.followers.order_by("-created_at")[:20]
    graph.follow(person=ana, by=ben)
    later = somebody("later")
    Follow.objects.create(follower=later, followed=ana, created_at=timezone.now() + timedelta(minutes=1))
    assert [follow.follower for follow in newest.all()] == [later, ben]
    if connection.vendor == "sqlite":
        plan = newest.explain()
        assert "followers_newest_first" in plan and "TEMP B-TREE" not in plan


# --- The button ---


def test_the_button_follows_and_says_so(signed_in, ana, ben):
    before = button(ana, signed_in.get("/@ana_lima/"))
    assert 'aria-pressed="false"' in before and f'hx-put="{address(ana)}"' in before
    response = signed_in.put(address(ana))
    assert response.status_code == 200 and selectors.follows(ben, ana)
    after = button(ana, response)
    assert 'aria-pressed="true"' in after and f'hx-delete="{address(ana)}"' in after
    assert "<strong>1</strong> follower<" in response.content.decode()
    assert after.replace(' hx-swap-oob="morph"', "") == button(ana, signed_in.get("/@ana_lima/"))


def test_the_button_is_never_disabled_so_the_keyboard_stays_on_it(signed_in, ana):
    shown = button(ana, signed_in.get("/@ana_lima/"))
    assert 'hx-sync="this:drop"' in shown and "disabled" not in shown


def test_pressed_again_it_stops(signed_in, ana, ben):
    graph.follow(person=ana, by=ben)
    response = signed_in.delete(address(ana))
    assert 'aria-pressed="false"' in button(ana, response) and not selectors.follows(ben, ana)
    assert "<strong>0</strong> followers" in response.content.decode()


def test_a_handle_in_capitals_is_the_same_person(signed_in, ana, ben):
    assert "ana_lima" in button(ana, signed_in.put("/@ANA_lima/follow/"))
    assert selectors.follows(ben, ana)


def test_ones_own_page_has_counts_and_no_button(signed_in, ana, ben):
    graph.follow(person=ana, by=ben)
    response = signed_in.get("/@ben/")
    assert "<strong>0</strong> followers" in response.content.decode()
    assert "<strong>1</strong> following" in response.content.decode()
    assert not button(ben, response)


def test_a_visitor_finds_the_way_to_sign_in_and_back(client, ana):
    shown = button(ana, client.get("/@ana_lima/"))
    assert 'href="/account/login/?next=/%40ana_lima/"' in shown and "Sign in to follow" in shown
    response = client.post("/account/login/", {"login": "ana_lima", "password": SECRET, "next": "/@ana_lima/"})
    assert response.url == "/@ana_lima/"


def test_staff_protect_an_account_in_the_admin(client, staff, ana):
    client.force_login(staff)
    change = f"/staff/accounts/user/{ana.pk}/change/"
    form = client.get(change).context["adminform"].form
    typed = {name: value for name, value in form.initial.items() if value not in (None, []) and name in form.fields}
    response = client.post(change, typed | {"is_active": "on", "is_protected": "on"})
    assert response.status_code == 302
    ana.refresh_from_db()
    assert ana.is_protected
