"""How long people were heard: counted by relays, kept in the rows, shown to hosts."""

from rooms import redis
from rooms.models import Space
from rooms.relay import protocol
from rooms.services import spaces, talk
from rooms.tasks import sweep_absent
from tests.support import cast


def heard(room, **milliseconds: int) -> None:
    key = protocol.talk_key(str(room.space.pk))
    redis.client().hset(key, mapping={str(room.now(name).pk): ms for name, ms in milliseconds.items()})


def test_the_sweep_writes_down_what_the_relays_have_counted(room):
    heard(room, host=61_000, speaker=1_500)
    sweep_absent()
    assert (room.now("host").talk_ms, room.now("speaker").talk_ms, room.now("cohost").talk_ms) == (61_000, 1_500, 0)


def test_what_was_written_down_is_not_counted_again(room):
    heard(room, host=5_000)
    sweep_absent()
    sweep_absent()
    heard(room, host=20)
    sweep_absent()
    assert room.now("host").talk_ms == 5_020


def test_the_last_words_before_the_end_count(room):
    spaces.end(space=room.space, by=room.host)
    heard(room, host=700)
    sweep_absent()
    assert room.now("host").talk_ms == 700


def test_people_of_another_space_are_not_counted_here(room):
    other = spaces.start(title="Next door", speak_permission="invited", by=cast.user("neighbour"))
    stranger = other.participants.get()
    talk.note(space_id=room.space.pk, times={str(stranger.pk): 5_000})
    stranger.refresh_from_db()
    assert stranger.talk_ms == 0


def test_a_new_count_is_no_new_version(room):
    before = Space.objects.get(pk=room.space.pk).version
    talk.note(space_id=room.space.pk, times={str(room.host.pk): 5_000})
    assert Space.objects.get(pk=room.space.pk).version == before
