"""Answering over HTTP: on the home page, from the dock, and what stands in the bar of every page."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from rooms import selectors
from rooms.identity import GUEST_COOKIE, Person, new_guest
from rooms.models import Invitation, Notice, Participant
from rooms.services import attendance, invitations, reminders, removal, schedule, spaces
from tests.support import cast
from tests.support.html import by_id
from tests.support.invited import ask, planned, state_of

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ana(db):
    return cast.user("ana")


def signed_in(user) -> Client:
    client = Client(headers=HTMX)
    client.force_login(user)
    return client


def address(invitation: Invitation) -> str:
    return reverse("invitation", args=[invitation.pk])


def hidden(element: str) -> bool:
    return " hidden" in element.partition(">")[0]


# --- Only one's own ---


@pytest.mark.parametrize("verb", ["post", "delete"])
def test_an_invitation_of_somebody_else_does_not_exist(room, ana, verb):
    invitation = ask(room.space, ana)
    for client in (Client(), signed_in(room.host.user), signed_in(cast.user("other"))):
        assert getattr(client, verb)(address(invitation)).status_code == 404
        assert getattr(client, verb)(reverse("invitation", args=[uuid4()])).status_code == 404
    assert state_of(invitation) == "pending"


@pytest.mark.parametrize("pk", [1, 0, 2**63, 10**30])
def test_news_for_somebody_else_does_not_exist(db, ana, pk):
    space = planned()
    reminders.ask(space=space, by=cast.user("other"))
    schedule.cancel(space=space, by=space.host)
    other = Notice.objects.get()
    for client in (Client(), signed_in(ana)):
        for number in (pk, other.pk):
            assert client.delete(reverse("notice", args=[number])).status_code == 404
    assert Notice.objects.get().dismissed_at is None


@pytest.mark.parametrize("verb", ["post", "delete"])
def test_what_was_withdrawn_is_refused_with_a_sentence_and_the_page_stays(room, ana, verb):
    invitation = ask(room.space, ana)
    invitations.withdraw(invitation=invitation, by=room.host.user)
    answer = getattr(signed_in(ana), verb)(address(invitation))
    assert (answer.status_code, answer["HX-Push-Url"]) == (410, "false")
    assert "no longer open" in by_id(answer.content.decode())["notice"]


def test_after_the_end_a_yes_is_refused(room, ana):
    invitation = ask(room.space, ana)
    spaces.end(space=room.space, by=room.host)
    assert signed_in(ana).post(address(invitation)).status_code == 410


def test_the_browser_of_somebody_removed_is_turned_away_with_an_account_as_well(room, ana):
    guest, cookie = new_guest()
    removal.remove(participant=attendance.join(space=room.space, by=guest), by=room.host)
    client = signed_in(ana)
    client.cookies[GUEST_COOKIE] = cookie
    assert client.post(address(ask(room.space, ana))).status_code == 403
    assert not Participant.objects.filter(space=room.space, user=ana).exists()


def test_answers_need_a_csrf_token(room, ana):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ana)
    assert client.post(address(ask(room.space, ana))).status_code == 403


# --- Yes ---


@pytest.mark.parametrize(("kind", "role"), [("speak", "speaker"), ("cohost", "cohost"), ("listen", "listener")])
def test_a_yes_to_what_is_live_leads_to_its_page_and_dock(room, ana, kind, role):
    attendance.leave(participant=room.cohost, by=room.cohost)
    client = signed_in(ana)
    answer = client.post(address(ask(room.space, ana, kind)))
    assert (answer.status_code, answer["Location"]) == (303, room.space.get_absolute_url())
    page = client.get(answer["Location"]).content.decode()
    assert re.search(rf'id="dock-body"[^>]* data-inside="1"[^>]* data-role="{role}"', page)


def test_a_yes_in_a_second_window_shows_the_dock_as_it_is(room, ana):
    invitation, client = ask(room.space, ana), signed_in(ana)
    client.post(address(invitation))
    answer = client.post(address(invitation))
    assert (answer.status_code, answer["HX-Push-Url"]) == (200, "false")
    assert 'data-seat="muted"' in by_id(answer.content.decode())["dock-body"]


def test_inside_a_yes_to_help_to_host_brings_the_panel(room):
    invitation = ask(room.space, room.listener.user, "cohost")
    answer = signed_in(room.listener.user).post(address(invitation))
    shown = by_id(answer.content.decode())
    assert 'data-role="cohost"' in shown["dock-body"]
    assert not hidden(shown["manage"]) and hidden(shown["for-you"])


def test_a_yes_to_what_is_to_come_is_written_on_its_card(ana):
    invitation, client = ask(planned(), ana), signed_in(ana)
    answer = client.post(address(invitation))
    assert (answer.status_code, answer["HX-Push-Url"]) == (200, "false")
    shown = by_id(answer.content.decode())
    assert "You said yes" in shown["for-you"] and "nav-bell-count" not in shown["bell"]
    assert "I cannot come" in shown["for-you"]
    assert hidden(by_id(client.delete(address(invitation)).content.decode())["for-you"])
    assert state_of(invitation) == "declined"


def test_once_it_is_live_the_card_of_a_yes_brings_one_in(ana):
    space, client = planned(), signed_in(ana)
    invitation = ask(space, ana)
    client.post(address(invitation))
    schedule.go_live(space=space, by=space.host)
    home = client.get(reverse("home")).content.decode()
    assert "Come in" in home and "1 for you" in home
    assert client.post(address(invitation)).status_code == 303
    assert selectors.participation(Person(user=ana), space.slug).role == "speaker"


# --- No, and putting away ---


def test_a_no_clears_the_card_and_the_bell(room, ana):
    answer = signed_in(ana).delete(address(ask(room.space, ana)))
    shown = by_id(answer.content.decode())
    assert answer.status_code == 200
    assert hidden(shown["for-you"]) and "nav-bell-count" not in shown["bell"]


def test_inside_a_no_clears_the_dock_too(room):
    invitation = ask(room.space, room.listener.user, "cohost")
    shown = by_id(signed_in(room.listener.user).delete(address(invitation)).content.decode())
    assert str(invitation.pk) not in shown["dock-body"] and hidden(shown["for-you"])


def test_news_is_put_away_once_and_for_all(ana):
    space = planned()
    reminders.ask(space=space, by=ana)
    schedule.cancel(space=space, by=space.host)
    client, where = signed_in(ana), reverse("notice", args=[Notice.objects.get().pk])
    assert "Cancelled by Planner" in client.get(reverse("home")).content.decode()
    for _ in range(2):
        assert hidden(by_id(client.delete(where).content.decode())["for-you"])
    assert "Cancelled by" not in client.get(reverse("home")).content.decode()


# --- What one sees ---


def test_home_says_who_invites_to_what_and_when(room, ana):
    space = planned()
    ask(room.space, ana, "cohost", by=room.host.user)
    ask(space, ana, "listen")
    cards = by_id_in(signed_in(ana).get(reverse("home")).content.decode(), "for-you")
    assert "Host invites you to help to host" in cards and "On air now" in cards
    assert "Planner invites you to listen" in cards and f'datetime="{space.scheduled_for:%Y-%m-%dT%H:%M}' in cards


def by_id_in(page: str, key: str) -> str:
    return page[page.index(f'<section id="{key}"') :].partition("</section>")[0]


def test_the_bar_of_every_page_counts_what_waits(room, ana):
    client = signed_in(ana)
    for kind in ("speak", "cohost"):
        ask(room.space, ana, kind)
    for page in (reverse("home"), ana.get_absolute_url(), reverse("calendar"), "/nowhere/"):
        assert "2 for you" in client.get(page).content.decode()
    assert 'id="bell"' not in Client().get(reverse("home")).content.decode()


def test_a_guests_pages_open_no_socket_of_an_account(room, ana):
    assert "/ws/me/" not in Client().get(reverse("home")).content.decode()
    assert "/ws/me/" in signed_in(ana).get(room.space.get_absolute_url()).content.decode()


def test_of_one_space_that_starts_there_is_one_card(ana):
    space = planned()
    invitations.accept(invitation=ask(space, ana), by=ana)
    reminders.remind(space_id=space.pk, now=space.scheduled_for)
    assert Notice.objects.filter(user=ana, kind="start").exists()
    cards = by_id_in(signed_in(ana).get(reverse("home")).content.decode(), "for-you")
    assert cards.count(f'href="{space.get_absolute_url()}"') == 1


def test_markup_in_names_and_titles_is_text(ana):
    host = cast.user("host")
    host.display_name = '<img src=x onerror="alert(1)">'
    host.save()
    space = spaces.start(title="<b>Bold</b>", by=host)
    ask(space, ana)
    page = signed_in(ana).get(reverse("home")).content.decode()
    assert "<img src=x" not in page and "<b>Bold" not in page


def test_what_waits_costs_four_queries_however_much_it_is_and_two_when_it_is_nothing(ana, django_assert_num_queries):
    for number in range(3):
        at = timezone.now() + timedelta(hours=2)
        space = schedule.plan(title=f"Roofs {number}", scheduled_for=at, by=cast.user(f"planner{number}"))
        ask(space, ana)
        reminders.ask(space=space, by=ana)
        schedule.move(space=space, scheduled_for=at + timedelta(hours=1), by=space.host)
    with django_assert_num_queries(4):
        for row in [*selectors.invitations_to(ana), *selectors.notices_to(ana)]:
            assert row.space.title and row.space.host.display_name
    idle = cast.user("idle")
    with django_assert_num_queries(2):
        assert selectors.invitations_to(idle) == selectors.notices_to(idle) == []
