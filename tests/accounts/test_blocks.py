"""Blocking and muting people: who may, what ends with it, what it costs, and who is told."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts import selectors
from accounts.events import Blocked, Unblocked
from accounts.models import Block, Follow, FollowRequest, Mute, User
from accounts.rules import Refused, may_block, may_mute
from accounts.services import blocks, graph, people
from accounts.signals import account_event
from tests.accounts.conftest import SECRET

pytestmark = pytest.mark.django_db


def somebody(handle: str) -> User:
    return people.open_account(
        handle=handle, email=f"{handle}@example.org", password=SECRET, display_name=handle.title()
    )


@pytest.fixture
def ben(db) -> User:
    return somebody("ben")


@pytest.fixture
def told():
    """What other apps were told."""
    events = []

    def note(sender, event, **kwargs) -> None:
        events.append(event)

    account_event.connect(note)
    yield events
    account_event.disconnect(note)


# --- Refusals ---


@pytest.mark.parametrize(("rule", "code"), [(may_block, "block_oneself"), (may_mute, "mute_oneself")])
def test_nobody_blocks_or_mutes_themselves(rule, code):
    with pytest.raises(Refused, match=code):
        rule(User(pk=1), User(pk=1))
    assert rule(User(pk=1), User(pk=2)) is None


def test_the_database_refuses_oneself_and_a_second_row(ana, ben):
    blocks.block(person=ana, by=ben)
    blocks.mute(person=ana, by=ben)
    for row in (Block(blocker=ana, blocked=ana), Block(blocker=ben, blocked=ana), Mute(muter=ana, muted=ana)):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


def test_neither_follows_the_other_over_a_block(ana, ben):
    blocks.block(person=ana, by=ben)
    with pytest.raises(Refused, match="blocked_by_them"):
        graph.follow(person=ben, by=ana)
    with pytest.raises(Refused, match="blocked_by_me"):
        graph.follow(person=ana, by=ben)
    assert not Follow.objects.exists()


# --- Blocking and its end ---


def test_a_block_ends_follows_and_requests_both_ways_and_no_others(ana, ben):
    cleo = somebody("cleo")
    for follower, followed in ((ana, ben), (ben, ana), (cleo, ana), (ben, cleo)):
        Follow.objects.create(follower=follower, followed=followed)
        FollowRequest.objects.create(asker=follower, asked=followed)
    blocks.block(person=ana, by=ben)
    assert set(Follow.objects.values_list("follower", "followed")) == {(cleo.pk, ana.pk), (ben.pk, cleo.pk)}
    assert set(FollowRequest.objects.values_list("asker", "asked")) == {(cleo.pk, ana.pk), (ben.pk, cleo.pk)}


def test_both_are_told_once(ana, ben, told, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert blocks.block(person=ana, by=ben)
        assert not blocks.block(person=ana, by=ben)
        assert blocks.unblock(person=ana, by=ben)
        assert not blocks.unblock(person=ana, by=ben)
    facts = {"blocker": ben.pk, "blocked": ana.pk, "accounts": (ben.pk, ana.pk)}
    assert told == [Blocked(**facts), Unblocked(**facts)]


def test_each_lifts_only_their_own_block(ana, ben):
    blocks.block(person=ana, by=ben)
    blocks.block(person=ben, by=ana)
    assert blocks.unblock(person=ana, by=ben)
    assert selectors.blocked_between(ana, ben)
    assert blocks.unblock(person=ben, by=ana)
    assert not selectors.blocked_between(ana, ben)


def test_after_a_block_was_lifted_they_may_follow_again_and_do_not_by_themselves(ana, ben):
    graph.follow(person=ana, by=ben)
    blocks.block(person=ben, by=ana)
    blocks.unblock(person=ben, by=ana)
    assert not selectors.follows(ben, ana)
    assert graph.follow(person=ana, by=ben)


def test_a_mute_tells_nobody_and_ends_nothing(ana, ben, told, django_capture_on_commit_callbacks):
    graph.follow(person=ana, by=ben)
    with django_capture_on_commit_callbacks(execute=True):
        assert blocks.mute(person=ana, by=ben)
        assert not blocks.mute(person=ana, by=ben)
        assert selectors.mutes(ben, ana) and not selectors.mutes(ana, ben)
        assert blocks.unmute(person=ana, by=ben)
        assert not blocks.unmute(person=ana, by=ben)
    assert told == [] and selectors.follows(ben, ana)


# --- Reading ---


def test_each_question_costs_what_it_says(ana, ben, django_assert_num_queries):
    crowd = [somebody(f"one{number}") for number in range(4)]
    blocks.block(person=ben, by=crowd[0])
    blocks.block(person=crowd[1], by=ben)
    blocks.block(person=ana, by=ben)
    blocks.mute(person=ana, by=ben)
    blocks.mute(person=ben, by=crowd[2])
    with django_assert_num_queries(2):
        assert selectors.terms(ben, ana) == selectors.Terms(blocks=True, mutes=True)
    assert selectors.terms(ana, ben) == selectors.Terms(blocked=True)
    with django_assert_num_queries(1):
        assert selectors.blocked_between(ana, ben)
    assert not selectors.blocked_between(ana, crowd[0])
    with django_assert_num_queries(1):
        assert set(User.objects.filter(selectors.not_blocked(ben))) == {ben, crowd[2], crowd[3]}
    with django_assert_num_queries(1):
        assert set(User.objects.filter(selectors.not_muted(ben))) == {ben, *crowd}
    with django_assert_num_queries(1):
        assert selectors.blocked_people(ben) == [ana, crowd[1]]
    with django_assert_num_queries(1):
        assert selectors.muted_people(ben) == [ana]


def test_a_visitor_without_an_account_blocks_nobody(ana, ben, django_assert_num_queries):
    blocks.block(person=ben, by=ana)
    nobody = AnonymousUser()
    assert set(User.objects.filter(selectors.not_blocked(nobody), selectors.not_muted(nobody))) == {ana, ben}
    with django_assert_num_queries(0):
        assert selectors.terms(nobody, ana) == selectors.terms(ana, ana) == selectors.Terms()


def test_a_list_of_rows_about_people_leaves_them_out_too(ana, ben):
    cleo = somebody("cleo")
    for person in (ana, ben):
        graph.follow(person=cleo, by=person)
    blocks.block(person=ben, by=ana)
    shown = cleo.followers.filter(selectors.not_blocked(ben, of="follower"))
    assert [follow.follower for follow in shown] == [ben]


# --- Pages ---


@pytest.fixture
def signed_in(client, ben) -> Client:
    client.force_login(ben)
    return client


def address(name: str, person: User) -> str:
    return reverse(name, args=[person.handle])


@pytest.mark.parametrize("name", ["block", "mute_person"])
@pytest.mark.parametrize("verb", ["put", "delete"])
def test_a_visitor_is_told_to_sign_in(client, ana, name, verb):
    response = getattr(client, verb)(address(name, ana), headers={"HX-Request": "true"})
    assert response.status_code == 403 and "Sign in first." in response.content.decode()


@pytest.mark.parametrize("name", ["block", "mute_person"])
def test_oneself_is_refused_and_nobody_unknown_found(signed_in, ben, name):
    assert signed_in.put(address(name, ben)).status_code == 403
    assert signed_in.put(f"/@nobody/{name.removesuffix('_person')}/").status_code == 404
    assert signed_in.get(address(name, ben)).status_code == 405


def test_a_foreign_site_blocks_nobody_in_ones_name(ana, ben):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ben)
    assert client.put(address("block", ana)).status_code == 403 and not Block.objects.exists()


def test_the_thirty_first_within_a_minute_is_asked_to_wait(signed_in, ana):
    answers = [signed_in.put(address("mute_person", ana)).status_code for _ in range(31)]
    assert answers == [303] * 30 + [429]


def test_the_answer_is_the_page_it_was_pressed_on_and_never_another_site(signed_in, ana):
    for current, answer in {
        "http://testserver/spaces/one/?q=2": "/spaces/one/?q=2",
        "https://elsewhere.example/": "/@ana_lima/",
    }.items():
        headers = {"HX-Request": "true", "HX-Current-URL": current}
        assert signed_in.put(address("mute_person", ana), headers=headers)["Location"] == answer


def test_a_profile_over_a_block_is_name_and_handle_and_who_blocked_can_undo_it(signed_in, ana, ben):
    people.edit_profile(user=ana, display_name="Ana Lima", bio="Gardens and owls.", link="", by=ana)
    assert "Gardens and owls." in signed_in.get("/@ana_lima/").content.decode()
    blocks.block(person=ben, by=ana)
    theirs = signed_in.get("/@ana_lima/").content.decode()
    assert "Ana Lima blocked you." in theirs and "Gardens" not in theirs and "Unblock" not in theirs
    assert "follow-ana_lima" not in theirs and "Here since" not in theirs
    blocks.unblock(person=ben, by=ana)
    blocks.block(person=ana, by=ben)
    mine = signed_in.get("/@ana_lima/").content.decode()
    assert "You blocked Ana Lima." in mine and "Gardens" not in mine and f'hx-delete="{address("block", ana)}"' in mine
    signed_in.delete(address("block", ana))
    assert "Gardens and owls." in signed_in.get("/@ana_lima/").content.decode()


@pytest.mark.parametrize("name", ["followers", "following"])
def test_over_a_block_one_looks_through_no_lists(signed_in, client, ana, ben, name):
    assert signed_in.get(address(name, ana)).status_code == 200
    blocks.block(person=ben, by=ana)
    response = signed_in.get(address(name, ana))
    assert response.status_code == 403 and "They blocked you." in response.content.decode()


def test_whom_one_blocked_and_muted_stands_on_a_page_of_ones_own(signed_in, ana, ben):
    assert Client().get("/me/blocked/").status_code == 302
    empty = signed_in.get("/me/blocked/").content.decode()
    assert "You blocked nobody." in empty and "You muted nobody." in empty
    blocks.block(person=ana, by=ben)
    blocks.mute(person=somebody("cleo"), by=ben)
    page = signed_in.get("/me/blocked/").content.decode()
    assert f'hx-delete="{address("block", ana)}"' in page and 'hx-delete="/@cleo/mute/"' in page
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/me/blocked/"}
    after = signed_in.get(signed_in.delete(address("block", ana), headers=headers)["Location"]).content.decode()
    assert "You unblocked Ana Lima." in after and "You blocked nobody." in after


def test_the_menu_of_a_profile_mutes_and_says_so(signed_in, ana):
    assert 'hx-put="/@ana_lima/mute/"' in signed_in.get("/@ana_lima/").content.decode()
    signed_in.put(address("mute_person", ana))
    page = signed_in.get("/@ana_lima/").content.decode()
    assert 'hx-delete="/@ana_lima/mute/"' in page and '<span class="profile-mark">Muted</span>' in page
