"""What each read returns and how many queries it takes, whatever the audience."""

import uuid

import pytest
from django.utils import timezone

from rooms import selectors
from rooms.identity import Person, new_guest
from rooms.models import Participant, Space
from rooms.roles import Role
from rooms.services import attendance, spaces
from rooms.services.locking import bump
from tests.support import cast


@pytest.fixture
def crowded(room) -> cast.Cast:
    now = timezone.now()
    users = [cast.user(f"listener{n}") for n in range(20)]
    Participant.objects.bulk_create(
        [Participant(space=room.space, user=user, joined_at=now) for user in users]
        + [Participant(space=room.space, guest=uuid.uuid4().hex, joined_at=now) for _ in range(30)]
    )
    bump(Space.objects.get(pk=room.space.pk))
    return room


@pytest.mark.parametrize("fixture", ["room", "crowded"])
def test_reading_a_space_takes_the_same_queries_whatever_the_audience(
    fixture, request, django_assert_num_queries, settings
):
    settings.ROSTER_FACES = 5
    cast_here = request.getfixturevalue(fixture)
    with django_assert_num_queries(6):
        room = selectors.room(cast_here.space.pk)
        [(seat.participant.user.hue, seat.participant.name) for seat in room.seats]
        [listener.user.display_name for listener in room.listeners]
        [hand.user.hue for hand in room.hands]
    with django_assert_num_queries(1):
        [guest.name for guest in selectors.guests(room.space)]


def test_a_big_audience_is_shown_as_first_faces_and_counts(crowded, settings):
    settings.ROSTER_FACES = 5
    room = selectors.room(crowded.space.pk)
    assert len(room.listeners) == 5
    assert (room.listener_count, room.guest_count, room.more) == (52, 31, 16)
    assert all(not listener.is_guest for listener in room.listeners)


def test_home_takes_three_queries_and_lists_the_most_listened_to_first(crowded, django_assert_num_queries):
    quiet = spaces.start(title="Quiet", speak_permission="invited", by=cast.user("other"))
    ended = spaces.start(title="Over", speak_permission="invited", by=cast.user("gone"))
    spaces.end(space=ended, by=Participant.objects.get(space=ended, role=Role.HOST))
    with django_assert_num_queries(3):
        found = selectors.home(selectors.Look()).listed
        assert [space.title for space in found] == [crowded.space.title, quiet.title]
        assert [space.audience for space in found] == [52, 0]
        assert [seat.participant.name for seat in found[0].stage] == ["Host", "Cohost", "Speaker"]


def test_a_stranger_has_no_participation(room):
    assert selectors.participation(Person(), room.space.slug) is None
    assert selectors.participation(new_guest()[0], room.space.slug) is None
    assert selectors.participation(Person(user=cast.user("stranger")), room.space.slug) is None
    assert selectors.current_participation(Person()) is None


def test_the_relay_learns_who_is_gone_and_which_spaces_are_no_more(room, django_assert_num_queries):
    attendance.leave(participant=room.listener, by=room.listener)
    nowhere = str(uuid.uuid4())
    held = {str(room.space.pk): [str(room.listener.pk), str(room.guest.pk)], nowhere: [str(room.guest.pk)]}
    with django_assert_num_queries(3):
        states = selectors.relay_states(held)
    here = states[str(room.space.pk)]
    assert here.live and here.gone == (str(room.listener.pk),)
    assert len(here.seats) == 3
    assert not states[nowhere].live


def test_somebody_away_has_no_open_gate(room):
    """Host and co-host keep their seats while away; their microphones do not."""
    attendance.leave(participant=room.cohost, by=room.cohost)
    seated = [seat.participant for seat in selectors.space_state(room.space.pk).seats]
    assert str(room.cohost.pk) not in seated
