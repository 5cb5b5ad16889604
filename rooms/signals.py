"""The one signal for facts, and one for sound. Receivers write a row or enqueue a task; they never render or wait."""

from django.dispatch import Signal

# Sent after commit with `event`, a rooms.events.Event.
room_event = Signal()

# Sent by the relay's command, in a thread that may block, with `segment`, a rooms.relay.segments.Segment. Whoever keeps
# it raises what storage and database raise: it is sent again then, also after it was kept. Its file may be moved.
sound_captured = Signal()
