"""Work that is put off until after commit: handed to Celery by name, since its tasks lie above services.

Whatever is lost on the way is found by the same task when beat next asks for it.
"""

from celery import current_app
from django.db import transaction


def soon(task: str, **arguments) -> None:
    """Runs this task of recordings.tasks once the transaction is committed. A broker that is away never fails it."""

    def hand_on() -> None:
        current_app.send_task(f"recordings.tasks.{task}", kwargs=arguments, retry=False)

    transaction.on_commit(hand_on, robust=True)
