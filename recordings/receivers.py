"""What happens in recordings when something happens in rooms."""

from django.conf import settings
from django.dispatch import receiver
from django.utils import timezone

from recordings.services import capture, exports, replays, retention
from recordings.soon import soon
from rooms.events import ConsentWithdrawn, SpaceEnded
from rooms.signals import room_event, sound_captured


@receiver(sound_captured)
def keep_what_was_captured(sender, segment, **kwargs) -> None:
    if capture.keep(segment=segment):
        replays.note_late(space_id=segment.space, participant_id=segment.participant)


@receiver(room_event, sender=SpaceEnded)
def start_the_clock(sender, event: SpaceEnded, **kwargs) -> None:
    retention.settle(space_id=event.space)


@receiver(room_event, sender=SpaceEnded)
def want_a_replay(sender, event: SpaceEnded, **kwargs) -> None:
    replays.begin(space_id=event.space)


@receiver(room_event, sender=SpaceEnded)
@receiver(room_event, sender=ConsentWithdrawn)
def keep_only_who_is_in_the_replay(sender, event, **kwargs) -> None:
    if settings.REVIEW_COPY != "always":
        soon("thin")


@receiver(room_event, sender=ConsentWithdrawn)
def take_them_out_of_the_replay(sender, event: ConsentWithdrawn, **kwargs) -> None:
    replays.mix_anew(space_id=event.space, at=timezone.now())


@receiver(room_event, sender=ConsentWithdrawn)
def take_out_of_exports(sender, event: ConsentWithdrawn, **kwargs) -> None:
    exports.withdraw(space_id=event.space)
