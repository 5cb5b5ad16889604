"""The one signal for facts. Receivers write a row or enqueue a task; they never render or wait."""

from django.dispatch import Signal

# Sent after commit with `event`, a rooms.events.Event.
room_event = Signal()
