"""Browsers of people whom a private Space lets in no more, or never did."""

from collections.abc import Callable
from datetime import timedelta

from django.test import Client
from django.urls import reverse

from rooms.identity import GUEST_COOKIE, LINKS_KEY, new_guest
from rooms.models import Invitation, InviteLink, Space
from rooms.services import invitations, links
from tests.support import cast
from tests.support.invited import ask


def with_an_account(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def a_guest(space: Space) -> Client:
    client = Client()
    client.cookies[GUEST_COOKIE] = new_guest()[1]
    return client


def with_a_link(space: Space) -> tuple[Client, InviteLink]:
    link, token = links.make(space=space, by=space.host)
    client = Client()
    assert client.get(reverse("join", args=[token])).status_code == 303
    assert client.session[LINKS_KEY] == [str(link.pk)]
    return client, link


def with_a_revoked_link(space: Space) -> Client:
    client, link = with_a_link(space)
    links.revoke(link=link, by=space.host)
    return client


def with_an_expired_link(space: Space) -> Client:
    client, link = with_a_link(space)
    InviteLink.objects.filter(pk=link.pk).update(expires_at=link.created_at)
    return client


def who_declined(space: Space) -> Client:
    user = cast.user("declined")
    invitations.decline(invitation=ask(space, user, "listen"), by=user)
    return with_an_account(user)


def invited_no_more(space: Space) -> Client:
    user = cast.user("withdrawn")
    invitations.withdraw(invitation=ask(space, user, "listen"), by=space.host)
    return with_an_account(user)


def who_did_not_answer(space: Space) -> Client:
    user = cast.user("late")
    invitation = ask(space, user, "listen")
    past = invitation.created_at - timedelta(seconds=1)
    Invitation.objects.filter(pk=invitation.pk).update(expires_at=past)
    return with_an_account(user)


STRANGERS: dict[str, Callable[[Space], Client]] = {
    "a visitor without a cookie": lambda space: Client(),
    "a guest": a_guest,
    "a stranger with an account": lambda space: with_an_account(cast.user("stranger")),
    "whoever holds a revoked link": with_a_revoked_link,
    "whoever holds an expired link": with_an_expired_link,
    "whoever declined": who_declined,
    "whoever is invited no more": invited_no_more,
    "whoever did not answer in time": who_did_not_answer,
}
