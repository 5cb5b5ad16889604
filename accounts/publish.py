"""After commit: open pages first, then other apps. Called by services inside their transaction."""

from django.db import transaction

from accounts import audiences, groups, signals
from accounts.events import ConversationChanged, Event


def publish(event: Event) -> None:
    transaction.on_commit(lambda: _deliver(event), robust=True)


def _deliver(event: Event) -> None:
    # Other apps first where a door closes: a socket that looks anew must find it closed.
    signals.account_event.send_robust(sender=type(event), event=event)
    group = audiences.sockets if event.access else audiences.account
    told = [group(account) for account in dict.fromkeys(event.accounts)]
    if isinstance(event, ConversationChanged):
        told.append(audiences.conversation(event.conversation))
    groups.poke(told)
