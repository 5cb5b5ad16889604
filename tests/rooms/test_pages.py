"""Pages and commands over HTTP: who gets what answer, and that nothing people type does harm."""

import pytest
from django.test import Client
from django.urls import reverse

from rooms.identity import GUEST_COOKIE
from rooms.models import Participant, Space
from rooms.services import removal, spaces, stage
from tests.support import cast

HTMX = {"HX-Request": "true"}


def client_of(participant: Participant) -> Client:
    client = Client()
    client.force_login(participant.user)
    return client


def address(name: str, room, *args) -> str:
    return reverse(name, args=[room.space.slug, *args])


def start(client: Client, title: str, permission: str = "everyone"):
    return client.post(reverse("spaces"), {"title": title, "speak_permission": permission})


# --- Refusals ---


@pytest.mark.parametrize("name", ["space", "space_json", "attendance", "hand", "seat", "mute", "token"])
def test_an_unknown_space_does_not_exist(db, name):
    verb = "get" if name in ("space", "space_json") else "post" if name != "mute" else "put"
    assert getattr(Client(), verb)(reverse(name, args=["nowhere"])).status_code == 404


@pytest.mark.parametrize("title", ["", "   ", "\u202e\u2066", "x" * 71, "x" * 5000])
def test_a_title_nobody_can_read_is_refused_with_a_sentence_beside_it(db, title):
    client = Client()
    client.force_login(cast.user("starter"))
    response = start(client, title)
    assert response.status_code == 422
    assert not Space.objects.exists()
    errors = response.context["form"].errors["title"]
    assert len(errors) == 1 and errors[0].endswith(".")


def test_an_unknown_speak_permission_is_refused(db):
    client = Client()
    client.force_login(cast.user("starter"))
    assert start(client, "Hello", "whoever").status_code == 422


def test_starting_needs_an_account(db):
    response = start(Client(), "Hello")
    assert response.status_code == 302 and response["Location"].startswith("/account/")
    assert not Space.objects.exists()


def test_a_second_live_space_is_refused_and_leads_back_to_the_first(room):
    response = start(client_of(room.host), "Another")
    assert response.status_code == 409
    assert room.space.get_absolute_url() in response.content.decode()


@pytest.mark.parametrize("verb_and_name", ["post hand", "post seat", "put mute", "delete seat", "delete space"])
def test_a_stranger_commands_nothing(room, verb_and_name):
    verb, name = verb_and_name.split()
    stranger = Client()
    stranger.force_login(cast.user("stranger"))
    assert getattr(stranger, verb)(address(name, room), headers=HTMX).status_code == 403


def test_commands_need_a_csrf_token(room):
    client = Client(enforce_csrf_checks=True)
    client.force_login(room.listener.user)
    assert client.post(address("hand", room)).status_code == 403
    assert room.now("listener").hand == "down"


def test_a_refused_command_answers_with_a_notice(room):
    response = client_of(room.listener).delete(address("person", room, room.speaker.pk), headers=HTMX)
    assert response.status_code == 403
    assert 'id="notice"' in response.content.decode()
    assert "Only the host and co-hosts can do that." in response.content.decode()


def test_people_of_another_space_cannot_be_touched(room):
    other = spaces.start(title="Next door", speak_permission="invited", by=cast.user("neighbour"))
    stranger = cast.enter(other, cast.user("stranger"))
    assert client_of(room.host).delete(address("person", room, stranger.pk), headers=HTMX).status_code == 404


def test_one_person_cannot_keep_everybody_busy_with_commands(room):
    client = client_of(room.speaker)
    answers = {client.put(address("mute", room), headers=HTMX).status_code for _ in range(121)}
    assert answers == {200, 429}


def test_commands_after_the_end_are_gone(room):
    spaces.end(space=room.space, by=room.host)
    for verb, name in (("post", "attendance"), ("post", "hand"), ("put", "mute")):
        response = getattr(client_of(room.speaker), verb)(address(name, room), headers=HTMX)
        assert response.status_code == 410, name


def test_a_removed_person_is_told_so(room):
    removal.remove(participant=room.listener, by=room.host)
    response = client_of(room.listener).post(address("attendance", room), headers=HTMX)
    assert response.status_code == 403
    assert "removed you" in response.content.decode()


# --- What people come for ---


def test_two_clicks_from_home_to_a_live_space(db):
    client = Client()
    client.force_login(cast.user("starter"))
    response = client.post(reverse("spaces"), {"title": " A\u202e quiet  talk ", "speak_permission": "invited"})
    space = Space.objects.get()
    assert (space.title, space.speak_permission, space.is_live) == ("A quiet talk", "invited", True)
    assert response["Location"] == space.get_absolute_url()


MARKUP = '<img src=x onerror="alert(1)"> & "quotes"'


def test_markup_in_a_title_is_text_everywhere(db):
    client = Client()
    client.force_login(cast.user("starter"))
    start(client, MARKUP)
    space = Space.objects.get()
    assert space.title == MARKUP
    for page in (reverse("home"), space.get_absolute_url()):
        html = client.get(page).content.decode()
        assert "<img src=x" not in html
        assert "&lt;img src=x" in html


def test_a_guest_joins_by_the_link_without_an_account(room):
    client = Client()
    response = client.post(address("attendance", room), headers=HTMX)
    assert response.status_code == 303 and response["Location"] == room.space.get_absolute_url()
    cookie = response.cookies[GUEST_COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    page = client.get(room.space.get_absolute_url()).content.decode()
    assert 'id="roster"' in page and 'id="dock-body"' in page
    assert Participant.objects.filter(space=room.space, guest__gt="", left_at=None).count() == 2


def test_a_guest_keeps_their_place_over_a_reload(room):
    client = Client()
    for _ in range(2):
        client.post(address("attendance", room))
    assert Participant.objects.filter(space=room.space, guest__gt="").count() == 2


def test_a_tampered_guest_cookie_is_nobody(room):
    client = Client()
    client.post(address("attendance", room))
    client.cookies[GUEST_COOKIE] = client.cookies[GUEST_COOKIE].value + "x"
    assert 'id="roster"' not in client.get(room.space.get_absolute_url()).content.decode()


def test_outside_one_sees_the_stage_and_the_count_and_nobody_who_listens(room):
    html = Client().get(room.space.get_absolute_url()).content.decode()
    assert "Speaker" in html and "2 listening" in html
    assert "Listener" not in html and 'id="roster"' not in html and 'id="manage"' not in html


def test_only_hosts_get_the_hosts_panel(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    for name, shown in (("listener", False), ("speaker", False), ("cohost", True), ("host", True)):
        who = room.now(name)
        page = client_of(who).get(room.space.get_absolute_url()).content.decode()
        assert ("Offer Listener a seat" in page) is shown, name


def test_from_hand_to_microphone_over_http(room):
    listener, host = client_of(room.listener), client_of(room.host)
    person = room.listener.pk
    steps = [
        (listener.post, address("hand", room), "Lower hand"),
        (host.post, address("person_seat", room, person), 'id="manage"'),
        (listener.post, address("seat", room), 'data-seat="muted"'),
        (listener.delete, address("mute", room), 'data-seat="open"'),
        (host.put, address("person_mute", room, person), 'id="manage"'),
        (listener.delete, address("mute", room), 'data-seat="open"'),
        (listener.put, address("mute", room), 'data-seat="muted"'),
        (host.delete, address("person_seat", room, person), 'id="manage"'),
        (listener.post, address("hand", room), "Lower hand"),
        (listener.delete, address("hand", room), "Raise hand"),
    ]
    for verb, where, expected in steps:
        response = verb(where, headers=HTMX)
        assert response.status_code == 200, where
        assert expected in response.content.decode(), where


def test_leaving_and_ending_answer_with_the_page_as_it_then_is(room):
    left = client_of(room.listener).delete(address("attendance", room), headers=HTMX)
    assert left.status_code == 303 and left["Location"] == room.space.get_absolute_url()
    ended = client_of(room.host).delete(address("space", room), headers=HTMX)
    assert ended.status_code == 303
    assert "This Space has ended" in Client().get(ended["Location"]).content.decode()


def test_public_facts_name_the_stage_and_count_the_listeners(room):
    facts = Client().get(address("space_json", room)).json()
    assert (facts["title"], facts["state"], facts["listener_count"]) == ("Evening talk", "live", 2)
    assert facts["host"] == {"handle": "host", "name": "Host"}
    assert [person["handle"] for person in facts["stage"]] == ["host", "cohost", "speaker"]
    assert "Listener" not in str(facts)


def test_home_invites_when_nothing_is_live(db):
    assert "Start a Space" in Client().get(reverse("home")).content.decode()


@pytest.mark.parametrize("page", ["home", "space", "account_login", "account_signup"])
def test_the_content_security_policy_allows_nothing_unsafe(room, page):
    response = Client().get(reverse(page, args=[room.space.slug] if page == "space" else []))
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy and "*" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
