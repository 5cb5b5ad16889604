"""The page on which people are invited: for whom it is there, what it makes of what is typed, what it shows."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services import graph
from rooms.models import Invitation, Space
from rooms.services import invitations, links, removal, spaces
from tests.support import cast
from tests.support.html import by_id
from tests.support.invited import ask, planned, state_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ana(db) -> User:
    return cast.user("ana")


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page_of(space: Space) -> str:
    return reverse("invitations", args=[space.slug])


def send(client: Client, space: Space, handle: str, kind: str = "speak", **extra):
    return client.post(page_of(space), {"handle": handle, "kind": kind}, headers=HTMX, **extra)


def error_of(answer) -> str:
    (error,) = answer.context["form"].errors["handle"]
    return error


# --- For whom it is there ---


@pytest.mark.parametrize("verb", ["get", "post"])
@pytest.mark.parametrize("name", ["speaker", "listener", "stranger", "nobody"])
def test_whoever_does_not_lead_is_told_so(room, verb, name):
    client = Client()
    if name != "nobody":
        client.force_login(room.people[name].user if name in room.people else cast.user(name))
    assert getattr(client, verb)(page_of(room.space)).status_code == 403


def test_of_a_planned_space_it_is_the_hosts(db, ana):
    space = planned()
    assert signed_in(ana).get(page_of(space)).status_code == 403
    assert signed_in(space.host).get(page_of(space)).status_code == 200


def test_after_the_end_nobody_is_invited(room):
    spaces.end(space=room.space, by=room.host)
    assert signed_in(room.host.user).get(page_of(room.space)).status_code == 410
    assert send(signed_in(room.host.user), room.space, "ana").status_code == 410


def test_nobody_is_made_to_ring_by_asking_them_again_and_again(room, ana):
    client = signed_in(room.host.user)
    for _ in range(6):
        assert send(client, room.space, "ana").status_code == 302
        invitations.withdraw(invitation=Invitation.objects.get(user=ana, state="pending"), by=room.host.user)
    assert send(client, room.space, "ana").status_code == 429
    assert not Invitation.objects.filter(user=ana, state="pending").exists()


def test_many_who_do_not_know_who_asks_are_not_invited_within_an_hour(room, ana):
    client, friend = signed_in(room.host.user), cast.user("friend")
    graph.follow(person=room.host.user, by=friend)
    cache.set(f"limit:invite-strangers:{room.host.user_id}", 30, timeout=60)
    assert send(client, room.space, "ana").status_code == 429
    assert send(client, room.space, "friend").status_code == 302


def test_an_invitation_is_withdrawn_by_those_who_lead_its_own_space(room, ana):
    sent = ask(room.space, ana)
    where = reverse("sent_invitation", args=[room.space.slug, sent.pk])
    other = spaces.start(title="Next door", by=cast.user("neighbour"))
    assert signed_in(room.listener.user).delete(where, headers=HTMX).status_code == 403
    elsewhere = reverse("sent_invitation", args=[other.slug, sent.pk])
    assert signed_in(other.host).delete(elsewhere, headers=HTMX).status_code == 404
    assert state_of(sent) == "pending"


def test_inviting_needs_a_csrf_token(room, ana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(room.host.user)
    assert send(client, room.space, "ana").status_code == 403
    assert not Invitation.objects.filter(user=ana).exists()


def test_one_person_invites_thirty_a_minute(room):
    client = signed_in(room.host.user)
    answers = [send(client, room.space, "nobody_by_this_name").status_code for _ in range(31)]
    assert answers == [422] * 30 + [429]


# --- What is typed ---


@pytest.mark.parametrize(
    "handle", ["nobody_by_this_name", "@", "@@ana", "a\x00na", "ana@example.org", "İna", "x" * 101]
)
def test_an_unknown_handle_is_said_beside_the_field(room, ana, handle):
    answer = send(signed_in(room.host.user), room.space, handle)
    assert answer.status_code == 422
    assert error_of(answer).endswith(".") and answer.context["form"]["handle"].value() == handle
    assert not Invitation.objects.filter(user=ana).exists()


def test_a_closed_account_is_answered_like_none_at_all(room, ana):
    User.objects.filter(pk=ana.pk).update(is_active=False)
    client = signed_in(room.host.user)
    errors = {error_of(send(client, room.space, handle)) for handle in ("ana", "nobody_by_this_name")}
    assert len(errors) == 1


@pytest.mark.parametrize("handle", ["ana", "@ana", "@ANA", "  @Ana "])
def test_a_handle_is_taken_with_the_at_and_in_any_case(room, ana, handle):
    answer = send(signed_in(room.host.user), room.space, handle)
    assert (answer.status_code, answer["Location"]) == (302, page_of(room.space))
    assert Invitation.objects.get(user=ana).kind == "speak"


def test_what_a_rule_refuses_is_said_beside_the_field(room, ana):
    client = signed_in(room.host.user)
    removal.remove(participant=room.listener, by=room.host)
    ask(room.space, ana)
    said = {"ana": (409, "already"), "host": (422, "That is you"), "listener": (409, "removed")}
    for handle, (status, words) in said.items():
        answer = send(client, room.space, handle)
        assert answer.status_code == status and words in error_of(answer)


def test_a_cohost_is_not_offered_what_the_host_alone_decides(room, ana):
    client = signed_in(room.cohost.user)
    assert 'value="cohost"' not in client.get(page_of(room.space)).content.decode()
    assert send(client, room.space, "ana", "cohost").status_code == 422
    assert not Invitation.objects.filter(user=ana).exists()


def test_one_is_invited_to_listen_where_it_is_private(room, ana):
    client = signed_in(room.host.user)
    assert send(client, room.space, "ana", "listen").status_code == 422
    Space.objects.update(is_private=True)
    assert send(client, room.space, "ana", "listen").status_code == 302
    assert send(client, room.space, "ana", "whatever").status_code == 422


def test_somebody_inside_is_offered_a_seat(room):
    client = signed_in(room.host.user)
    answer = send(client, room.space, "@listener", "speak", follow=True)
    assert "Listener is here already, and is offered a seat." in answer.content.decode()
    assert room.now("listener").hand == "offered"


# --- What it shows ---


def test_it_suggests_people_one_follows(room, ana):
    graph.follow(person=ana, by=room.host.user)
    closed = cast.user("closed")
    graph.follow(person=closed, by=room.host.user)
    User.objects.filter(pk=closed.pk).update(is_active=False)
    page = signed_in(room.host.user).get(page_of(room.space)).content.decode()
    assert '<option value="@ana">Ana</option>' in page and "@closed" not in page


def test_it_says_what_became_of_each_and_withdraws(room, ana):
    client = signed_in(room.host.user)
    assert "Nobody yet" in client.get(page_of(room.space)).content.decode()
    ben = cast.user("ben")
    invitations.decline(invitation=ask(room.space, ben), by=ben)
    sent = ask(room.space, ana)
    page = client.get(page_of(room.space)).content.decode()
    assert "No answer yet · to speak" in page and "Said no · to speak" in page
    assert page.count("Withdraw<") == 1
    answer = client.delete(reverse("sent_invitation", args=[room.space.slug, sent.pk]), headers=HTMX)
    assert "Ana" not in by_id(answer.content.decode())["invitation-list"]
    assert Invitation.objects.get(pk=sent.pk).state == "withdrawn"


def test_what_the_host_alone_withdraws_has_no_button_for_others(room, ana):
    ask(room.space, ana, "cohost")
    assert "Withdraw<" in signed_in(room.host.user).get(page_of(room.space)).content.decode()
    assert "Withdraw<" not in signed_in(room.cohost.user).get(page_of(room.space)).content.decode()


def test_of_a_listed_space_it_shows_no_links(room):
    assert "Make a link" not in signed_in(room.host.user).get(page_of(room.space)).content.decode()
    Space.objects.update(is_private=True)
    links.make(space=room.space, by=room.host.user)
    page = signed_in(room.cohost.user).get(page_of(room.space)).content.decode()
    assert "Make a link" in page and page.count("Revoke<") == 1


def test_markup_in_names_is_text(room, ana):
    User.objects.filter(pk=ana.pk).update(display_name="<b>Ana</b>")
    answer = send(signed_in(room.host.user), room.space, "ana", follow=True)
    assert "<b>Ana" not in answer.content.decode() and "&lt;b&gt;Ana&lt;/b&gt; is invited." in answer.content.decode()
