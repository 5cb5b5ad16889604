"""What happens in recordings when something happens in rooms."""

from django.dispatch import receiver

from recordings.services import capture, retention
from rooms.events import SpaceEnded
from rooms.signals import room_event, sound_captured


@receiver(sound_captured)
def keep_what_was_captured(sender, segment, **kwargs) -> None:
    capture.keep(segment=segment)


@receiver(room_event, sender=SpaceEnded)
def start_the_clock(sender, event: SpaceEnded, **kwargs) -> None:
    retention.settle(space_id=event.space)
