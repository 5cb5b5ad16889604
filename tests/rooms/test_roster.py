"""Who else is inside: a circle of faces or an audience with a field to find somebody, and whom nobody finds."""

import re

import pytest
from channels.db import database_sync_to_async
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from rooms import fragments, selectors
from rooms.identity import Person
from rooms.models import Participant
from rooms.services import attendance, removal, spaces, stage
from tests.rooms.test_pages import HTMX, address, client_of
from tests.support import cast
from tests.support.html import by_id
from tests.support.live import Visitor


def find(client: Client, room: cast.Cast, name: str):
    return client.get(address("people", room), {"q": name}, headers=HTMX)


def found(room: cast.Cast, name: str) -> str:
    response = find(client_of(room.speaker), room, name)
    assert response.status_code == 200
    return response.content.decode()


def outside(room: cast.Cast) -> str:
    return Client().get(room.space.get_absolute_url()).content.decode()


def crowd(room: cast.Cast, *names: str) -> None:
    """People who listen, with these names."""
    users = [User(handle=f"one{n}", email=f"{n}@example.org", display_name=name) for n, name in enumerate(names)]
    User.objects.bulk_create(users)
    now = timezone.now()
    Participant.objects.bulk_create([Participant(space=room.space, user=user, joined_at=now) for user in users])


# --- Refusals ---


def test_only_people_inside_look_for_others(room):
    stranger = Client()
    stranger.force_login(cast.user("stranger"))
    for client in (Client(), stranger):
        response = find(client, room, "listener")
        assert response.status_code == 403
        assert "Listener" not in response.content.decode()


def test_whoever_left_or_was_removed_finds_nobody(room):
    attendance.leave(participant=room.speaker, by=room.speaker)
    removal.remove(participant=room.listener, by=room.host)
    for participant in (room.speaker, room.listener):
        assert find(client_of(participant), room, "host").status_code == 403


def test_in_a_private_space_strangers_learn_nothing_and_in_one_that_is_over_nobody_does(room):
    spaces.change_settings(space=room.space, by=room.host.user, is_private=True)
    assert find(Client(), room, "host").status_code == 404
    assert Client().get(reverse("people", args=["nowhere"]), {"q": "host"}).status_code == 404
    spaces.end(space=room.space, by=room.host)
    assert find(client_of(room.speaker), room, "host").status_code == 410


def test_nobody_reads_the_whole_audience_by_asking_fast(room):
    client = client_of(room.speaker)
    answers = [find(client, room, "x").status_code for _ in range(121)]
    assert answers[-1] == 429 and set(answers[:-1]) == {200}


def test_guests_the_unnamed_and_those_who_left_are_not_found(room):
    attendance.join(space=room.space, by=Person(user=cast.user("shy")), unnamed=True)
    cast.user("listener2")
    attendance.leave(participant=cast.enter(room.space, cast.user("listener3")), by=None)
    for name in ("guest", "shy", "listener2", "listener3"):
        assert "Nobody here goes by that name." in found(room, name), name


@pytest.mark.parametrize("name", ["", "   ", "@", "\u202e"])
def test_without_a_name_nobody_is_found_and_nothing_is_said(room, name):
    html = found(room, name)
    assert "<li" not in html and 'role="status"></p>' in html


@pytest.mark.parametrize("name", ["%", "_", "' OR 1=1 --", "\\", "x" * 5000, "\x00"])
def test_what_means_something_to_databases_means_nothing_here(room, name):
    assert "<li" not in found(room, name)


def test_markup_in_a_name_is_text(room):
    crowd(room, "<img src=x>")
    assert "&lt;img src=x&gt;" in found(room, "<img") and "<img" not in found(room, "<img")


# --- Finding ---


@pytest.mark.parametrize("name", ["ÉLISE", "élise", "lise Bon", "one0", "@one0", " One0 "])
def test_people_are_found_by_any_part_of_their_name_or_handle_whatever_the_case(room, name):
    crowd(room, "Élise Bonnet", "Somebody else")
    html = found(room, name)
    assert "Élise Bonnet" in html and "Somebody else" not in html and "1 found" in html


def test_what_is_found_has_a_name_a_face_a_role_and_leads_to_the_person(room):
    stage.raise_hand(participant=room.listener, by=room.listener)
    for name, role in (("host", "Host"), ("cohost", "Co-host"), ("speaker", "Speaker"), ("listener", "hand raised")):
        html = found(room, name)
        assert f'href="/@{name}/"' in html and role in html and 'class="face' in html, name


def test_those_who_asked_to_be_unnamed_are_found_once_they_speak(room):
    shy = attendance.join(space=room.space, by=Person(user=cast.user("shy")), unnamed=True)
    stage.raise_hand(participant=shy, by=shy)
    assert "1 found" in found(room, "shy")


def test_of_many_the_first_twenty_are_shown(room):
    crowd(room, *(f"Ada {n}" for n in range(25)))
    html = found(room, "ada")
    assert html.count("<li") == 20 and "Type more of the name" in html


def test_finding_costs_one_query_for_oneself_and_one_for_all_found(room, django_assert_num_queries):
    crowd(room, *(f"Ada {n}" for n in range(25)))
    client = client_of(room.speaker)
    with django_assert_num_queries(1):
        [(person.name, person.user.hue) for person in selectors.found_listeners(room.space, "ada")]
    # Where somebody is signed in is noted once in a while.
    find(client, room, "ada")
    # Session and account come before.
    with django_assert_num_queries(4):
        find(client, room, "ada")


def test_the_field_stands_apart_from_all_that_is_live(room):
    page = client_of(room.listener).get(room.space.get_absolute_url()).content.decode()
    assert page.index('id="find"') < page.index('id="found"') < page.index('id="roster"')


# --- A circle or an audience ---


def test_up_to_so_many_people_it_is_a_forum_and_one_more_makes_a_hall(room, settings):
    settings.FORUM_MAX = 5
    assert 'data-shape="forum"' in outside(room)
    late = cast.enter(room.space, cast.user("late"))
    assert 'data-shape="hall"' in outside(room)
    attendance.leave(participant=late, by=late)
    assert 'data-shape="forum"' in outside(room)


async def test_everybody_sees_it_become_a_hall_at_once(committed_room, settings):
    settings.FORUM_MAX = 5
    visitor = await Visitor(committed_room.space.slug, {}).open()
    assert 'data-shape="forum"' in visitor.page.elements["space-header"]
    await database_sync_to_async(cast.enter)(committed_room.space)
    await visitor.until(lambda: 'data-shape="hall"' in visitor.page.elements["space-header"])
    await visitor.close()


def test_a_big_audience_is_counted_with_marks_for_those_without_a_face(room, settings):
    settings.ROSTER_FACES = 3
    crowd(room, *(f"Ada {n}" for n in range(1200)))
    attendance.join(space=room.space, by=Person(user=cast.user("shy")), unnamed=True)
    attendance.join(space=room.space, by=Person(user=cast.user("coy")), unnamed=True)
    page = client_of(room.listener).get(room.space.get_absolute_url()).content.decode()
    for words in ("1,204 listening", "1,198 more", "1 guest", "2 listen unnamed"):
        assert words in page, words


def panel(room: cast.Cast) -> str:
    return by_id(fragments.snapshot(room.space.pk, room.now("host")).html)["manage"]


def test_a_host_can_remove_somebody_unnamed_without_learning_who_it_is(room):
    shy = attendance.join(space=room.space, by=Person(user=cast.user("shyperson")), unnamed=True)
    assert "Somebody unnamed" in panel(room) and f'id="remove-{shy.shown_id}"' in panel(room)
    assert "hyperson" not in panel(room) and "Offer Somebody" not in panel(room)
    host = client_of(room.host)
    assert host.delete(address("person", room, shy.shown_id), headers=HTMX).status_code == 200
    assert "removed" in panel(room) and "hyperson" not in panel(room)
    assert host.delete(address("person_removal", room, shy.shown_id), headers=HTMX).status_code == 200
    shy.refresh_from_db()
    assert (shy.is_present, shy.removed_at) == (False, None)


def test_by_no_id_does_a_host_know_somebody_unnamed_from_another_time_they_were_here(room):
    def come(unnamed: bool) -> None:
        attendance.join(space=room.space, by=Person(user=room.listener.user), unnamed=unnamed)

    def leave() -> None:
        attendance.leave(participant=room.listener, by=room.now("listener"))

    def shown() -> str:
        (pid,) = re.findall(r'id="manage-([^"]+)"', panel(room).partition("Somebody unnamed")[0])[-1:]
        return pid

    leave()
    seen = {str(room.listener.pk)}
    for _ in range(2):
        come(unnamed=True)
        inside = shown()
        assert inside not in seen and str(room.listener.pk) not in panel(room)
        leave()
        assert shown() == inside and str(room.listener.pk) not in panel(room)
        seen.add(inside)
    come(unnamed=True)
    host = client_of(room.host)
    for pid in seen:
        assert host.delete(address("person", room, pid), headers=HTMX).status_code == 404
    assert room.now("listener").is_present
    leave()
    come(unnamed=False)
    assert f'id="manage-{room.listener.pk}"' in panel(room)


def test_whom_an_id_means_is_looked_up_in_two_queries_and_in_its_own_space(room, django_assert_num_queries):
    people = [attendance.join(space=room.space, by=Person(user=cast.user(f"shy{n}")), unnamed=True) for n in range(3)]
    for person, queries in ((room.speaker, 1), (people[1], 2)):
        with django_assert_num_queries(queries):
            assert selectors.somebody(room.space.slug, str(person.shown_id)) == person
        assert selectors.somebody("elsewhere", person.shown_id) is None
