"""The one signal for facts of accounts. Receivers in other apps call their own services; they never render or wait."""

from django.dispatch import Signal

# Sent after commit with `event`, an accounts.events.Event.
account_event = Signal()
