"""Somebody whose account is erased leaves the recordings they are in. Called by recordings.own_data.

Their segments in review copies stay until the date of those: what was said is kept for reports, and staff who listen
say why. Every step finds what is left when it is repeated.
"""

from django.db import transaction

from accounts.models import User
from recordings.models import Clip, Comment, Cue, Like, Replay
from recordings.services import exports, purge
from rooms.models import Participant, RecordingAnswer
from rooms.services import recording


def leave(*, user: User) -> None:
    """Raises what storage raises: the account is not erased then."""
    exports.delete_all(user=user)
    for replay in Replay.objects.filter(space__host=user).exclude(state=Replay.State.DELETED):
        purge.replay(replay=replay)
    Replay.objects.filter(space__host=user).update(title="", chapters=[])
    for stay in Participant.objects.filter(user=user, recording_answer=RecordingAnswer.YES).select_related("space"):
        recording.answer(participant=stay, by=stay, yes=False)
    for replay in Replay.objects.filter(space__participants__user=user):
        _forget_name(replay.pk, user)
    Cue.objects.filter(participant__user=user).delete()
    for model in (Like, Comment, Clip):
        model.objects.filter(user=user).delete()


@transaction.atomic
def _forget_name(pk, user: User) -> None:
    """Chapters are called after who begins them; without them, until it is mixed anew."""
    replay = Replay.objects.select_for_update().get(pk=pk)
    mine = {
        str(key) for key in Participant.objects.filter(user=user, space=replay.space_id).values_list("pk", flat=True)
    }
    left = [chapter for chapter in replay.chapters if chapter["participant"] not in mine]
    if left != replay.chapters:
        Replay.objects.filter(pk=pk).update(chapters=left)
