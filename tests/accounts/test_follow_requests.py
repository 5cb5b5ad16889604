"""Protected accounts: asking to follow, the answer, and what opening up does with those who wait."""

import pytest
from channels.db import database_sync_to_async
from django.db import IntegrityError, transaction
from django.test import Client

from accounts import selectors, tasks
from accounts.models import Follow, FollowRequest, Notification, User
from accounts.rules import REFUSALS, Refused
from accounts.services import blocks, graph, privacy, requests
from tests.accounts.test_follows import address, button, somebody
from tests.support.live import AtHome

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(db) -> User:
    return somebody("ben")


@pytest.fixture
def protected(ana) -> User:
    privacy.protect(by=ana)
    return User.objects.get(pk=ana.pk)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# --- Refusals ---


def test_nobody_asks_oneself_nor_twice(protected, ben):
    with pytest.raises(Refused, match="oneself"):
        graph.follow(person=protected, by=protected)
    assert graph.follow(person=protected, by=ben)
    assert not graph.follow(person=protected, by=ben)
    assert FollowRequest.objects.count() == 1
    for asker, asked in ((ben, ben), (ben, protected)):
        with pytest.raises(IntegrityError), transaction.atomic():
            FollowRequest.objects.create(asker=asker, asked=asked)


def test_the_blocked_cannot_ask_and_a_block_ends_what_they_asked(protected, ben):
    graph.follow(person=protected, by=ben)
    blocks.block(person=ben, by=protected)
    assert not FollowRequest.objects.exists()
    with pytest.raises(Refused, match="blocked_by_them"):
        graph.follow(person=protected, by=ben)
    with pytest.raises(Refused):
        requests.accept(person=ben, by=protected)
    assert not Follow.objects.exists()


def test_a_request_taken_back_cannot_be_accepted(protected, ben):
    graph.follow(person=protected, by=ben)
    assert graph.unfollow(person=protected, by=ben)
    assert not requests.accept(person=ben, by=protected)
    assert not requests.decline(person=ben, by=protected)
    assert not Follow.objects.exists()


def test_nobody_answers_for_somebody_else(protected, ben):
    graph.follow(person=protected, by=ben)
    stranger = somebody("stranger")
    response = signed_in(stranger).post("/me/requests/ben/", headers={"HX-Request": "true"})
    assert response.status_code == 200 and not Follow.objects.exists() and FollowRequest.objects.exists()


@pytest.mark.parametrize("path", ["/me/requests/", "/me/privacy/"])
def test_a_visitor_is_led_to_where_one_signs_in(client, path):
    assert client.get(path).url == f"/account/login/?next={path}"


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("put", "/me/protection/"),
        ("delete", "/me/protection/"),
        ("put", "/me/listening/"),
        ("post", "/me/requests/ana_lima/"),
        ("delete", "/me/followers/ana_lima/"),
    ],
)
def test_a_command_of_a_visitor_is_refused(client, ana, verb, path):
    response = getattr(client, verb)(path, headers={"HX-Request": "true"})
    assert response.status_code == 403 and REFUSALS["sign_in_first"][1] in response.content.decode()


# --- Asking and the answer ---


def test_a_protected_account_is_asked_and_nobody_follows_yet(protected, ben):
    client = signed_in(ben)
    assert "Ask to follow" in button(protected, client.get("/@ana_lima/"))
    answer = button(protected, client.put(address(protected)))
    assert "Requested" in answer and "hx-delete" in answer
    assert answer.replace(' hx-swap-oob="morph"', "") == button(protected, client.get("/@ana_lima/"))
    assert not selectors.follows(ben, protected) and selectors.follow_requests(protected) == [ben]
    assert Notification.objects.get(user=protected, actor=ben).subject == "request"


def test_pressed_again_it_is_taken_back(protected, ben):
    client = signed_in(ben)
    client.put(address(protected))
    assert "Ask to follow" in button(protected, client.delete(address(protected)))
    assert not FollowRequest.objects.exists()


def test_the_person_asked_accepts_on_their_page(protected, ben):
    graph.follow(person=protected, by=ben)
    client = signed_in(protected)
    page = client.get("/me/requests/").content.decode()
    assert "Ben" in page and 'hx-post="/me/requests/ben/"' in page
    answer = client.post("/me/requests/ben/").content.decode()
    assert "Nobody waits for your answer" in answer
    assert selectors.follows(ben, protected) and not FollowRequest.objects.exists()
    assert Notification.objects.get(user=ben, actor=protected).subject == "accepted"
    assert not requests.accept(person=ben, by=protected)


def test_a_decline_tells_nobody_and_one_may_ask_again(protected, ben):
    graph.follow(person=protected, by=ben)
    signed_in(protected).delete("/me/requests/ben/")
    assert not FollowRequest.objects.exists() and not Follow.objects.exists()
    assert not Notification.objects.filter(user=ben).exists()
    assert graph.follow(person=protected, by=ben)


async def test_a_request_appears_and_goes_on_open_pages(transactional_db, ana_committed):
    ana, ben = ana_committed
    window = await AtHome(await database_sync_to_async(cookies)(ana)).open()
    await database_sync_to_async(graph.follow)(person=ana, by=ben)
    await window.until(lambda: "Ben" in window.page.elements["follow-requests"])
    assert ">1<" in window.page.elements["follow-requests-mark"]
    await database_sync_to_async(graph.unfollow)(person=ana, by=ben)
    await window.until_as_reloaded(ana)
    assert "Ben" not in window.page.elements["follow-requests"]
    await window.close()


@pytest.fixture
def ana_committed(transactional_db) -> tuple[User, User]:
    return somebody("ana", is_protected=True), somebody("ben")


def cookies(user: User) -> dict[str, str]:
    return {"sessionid": signed_in(user).cookies["sessionid"].value}


# --- Protecting and opening up ---


def test_who_follows_already_stays_and_may_leave(ana, ben):
    graph.follow(person=ana, by=ben)
    privacy.protect(by=ana)
    assert not graph.follow(person=ana, by=ben) and selectors.follows(ben, ana)
    assert graph.unfollow(person=ana, by=ben)


def test_opening_up_accepts_everybody_who_waits(protected, ben):
    other = somebody("other")
    for asker in (ben, other):
        graph.follow(person=protected, by=asker)
    # One of them was let in on another way meanwhile.
    Follow.objects.create(follower=other, followed=protected)
    privacy.open_up(by=protected)
    assert selectors.follows(ben, protected) and selectors.follows(other, protected)
    assert not FollowRequest.objects.exists()


def test_of_a_great_many_who_wait_the_rest_are_accepted_by_a_worker(protected, ben, monkeypatch):
    others = [somebody(f"other{number}") for number in range(5)]
    for asker in (ben, *others):
        graph.follow(person=protected, by=asker)
    monkeypatch.setattr(requests, "BATCH", 2)
    privacy.open_up(by=protected)
    assert selectors.follows(ben, protected) and FollowRequest.objects.count() == 4
    assert tasks.accept_requests() == 4 and not FollowRequest.objects.exists()
    assert selectors.follower_count(protected) == 6
    assert tasks.accept_requests() == 0


def test_who_still_waits_when_an_account_is_protected_again_waits_for_its_answer(protected, ben, monkeypatch):
    other = somebody("other")
    for asker in (ben, other):
        graph.follow(person=protected, by=asker)
    monkeypatch.setattr(requests, "BATCH", 1)
    privacy.open_up(by=protected)
    privacy.protect(by=protected)
    assert tasks.accept_requests() == 0 == requests.accept_waiting(user_id=protected.pk)
    assert selectors.has_asked(other, protected)


def test_who_still_waits_and_follows_meanwhile_leaves_with_one_press(protected, ben, monkeypatch):
    other = somebody("other")
    for asker in (ben, other):
        graph.follow(person=protected, by=asker)
    monkeypatch.setattr(requests, "BATCH", 1)
    privacy.open_up(by=protected)
    graph.follow(person=protected, by=other)
    assert graph.unfollow(person=protected, by=other)
    assert not selectors.follows(other, protected) and not selectors.has_asked(other, protected)


def test_who_opened_up_meanwhile_is_followed_and_not_asked(protected, ben):
    stale = User.objects.get(pk=protected.pk)
    privacy.open_up(by=protected)
    graph.follow(person=stale, by=ben)
    assert selectors.follows(ben, protected) and not FollowRequest.objects.exists()


def test_who_was_protected_meanwhile_is_asked(ana, ben):
    stale = User.objects.get(pk=ana.pk)
    privacy.protect(by=ana)
    graph.follow(person=stale, by=ben)
    assert not selectors.follows(ben, ana) and selectors.has_asked(ben, ana)


def test_the_switches_turn_and_stay_as_they_are(ana):
    client = signed_in(ana)
    for path, field in (("/me/protection/", "is_protected"), ("/me/listening/", "shows_listening")):
        for verb, on in (("put", True), ("put", True), ("delete", False), ("delete", False)):
            response = getattr(client, verb)(path)
            assert response.status_code == 303 and response["Location"] == "/me/privacy/"
            ana.refresh_from_db()
            assert getattr(ana, field) is on
            assert f'aria-checked="{"true" if on else "false"}"' in client.get("/me/privacy/").content.decode()


def test_opening_up_asks_first_when_somebody_waits(protected, ben):
    client = signed_in(protected)
    assert "hx-confirm" not in client.get("/me/privacy/").content.decode()
    graph.follow(person=protected, by=ben)
    assert 'hx-confirm="Open your account?' in client.get("/me/privacy/").content.decode()


def test_whoever_wants_to_host_is_led_to_the_switch(protected):
    page = signed_in(protected).get("/spaces/new/").content.decode()
    assert "protected accounts cannot host" in page and 'href="/me/privacy/"' in page


# --- Reading ---


def test_each_question_costs_one_query(protected, ben, django_assert_num_queries):
    graph.follow(person=protected, by=ben)
    with django_assert_num_queries(1):
        assert selectors.has_asked(ben, protected)
    with django_assert_num_queries(1):
        assert selectors.asked_among(ben, [protected, ben]) == {protected.pk}
    with django_assert_num_queries(1):
        assert selectors.follow_requests(protected) == [ben]
    with django_assert_num_queries(1):
        assert selectors.follow_request_count(protected) == 1
    with django_assert_num_queries(0):
        assert selectors.follow_request_count(ben) == 0


def test_whoever_closed_their_account_meanwhile_waits_no_more(protected, ben):
    graph.follow(person=protected, by=ben)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert selectors.follow_requests(protected) == [] and selectors.follow_request_count(protected) == 0
