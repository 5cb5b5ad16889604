"""The committed rows as relays need them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from rooms.models import Participant, RecordingAnswer, Seat, Space
from rooms.relay import protocol


def space_state(space_id, gone: Iterable = ()) -> protocol.SpaceState:
    """The committed rows as a relay needs them. Two queries."""
    return replace(_states([space_id])[str(space_id)], gone=tuple(map(str, gone)))


def relay_states(sessions: Mapping[str, Collection[str]]) -> dict[str, protocol.SpaceState]:
    """For a relay's reconciliation: Space id -> its state, `gone` being those of the named participants who are no
    longer inside. A Space that does not exist (any more) is reported as not live. Three queries."""
    states = _states(sessions)
    named = [pk for pks in sessions.values() for pk in pks]
    # After the versions: somebody who came back meanwhile counts as inside, and the state as the older one.
    inside = Participant.objects.filter(pk__in=named, left_at__isnull=True).values_list("space_id", "pk")
    present = {(str(space), str(pk)) for space, pk in inside}
    return {
        space: replace(state, gone=tuple(pk for pk in sessions[space] if (space, pk) not in present))
        for space, state in states.items()
    }


def _states(space_ids) -> dict[str, protocol.SpaceState]:
    spaces = {str(s.pk): s for s in Space.objects.filter(pk__in=list(space_ids))}
    seats: dict[str, list[protocol.Seat]] = {pk: [] for pk in spaces}
    held = Seat.objects.filter(space__in=spaces.values(), participant__left_at__isnull=True).order_by("slot")
    for seat in held.select_related("participant"):
        pk = str(seat.space_id)
        capture = _captures(spaces[pk], seat.participant)
        seats[pk].append(protocol.Seat(str(seat.participant_id), seat.csrc, seat.muted, capture))
    return {
        pk: protocol.SpaceState(
            space=pk,
            version=spaces[pk].version if pk in spaces else 2**63 - 1,
            live=pk in spaces and spaces[pk].is_live,
            seats=tuple(seats.get(pk, ())),
            recording=pk in spaces and spaces[pk].recording_since is not None,
        )
        for pk in map(str, space_ids)
    }


def _captures(space: Space, person: Participant) -> bool:
    """Whether what this person says with an open microphone is kept."""
    recorded = space.recording_since is not None and person.recording_answer == RecordingAnswer.YES
    return space.review_copy or recorded
