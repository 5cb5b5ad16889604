"""One process of a race: says it is ready, waits for the start, makes one move, prints the outcome.

Run by tests with the address of their database: `python -m tests.support.racer take_seat PARTICIPANT`.
"""

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django  # noqa: E402

django.setup()

from accounts.models import User  # noqa: E402
from rooms.identity import Person  # noqa: E402
from rooms.models import Space  # noqa: E402
from rooms.refusals import Refused  # noqa: E402
from rooms.selectors import participant  # noqa: E402
from rooms.services import attendance, spaces, stage  # noqa: E402


def take_seat(pk: str) -> None:
    who = participant(pk)
    stage.take_seat(participant=who, by=who)


def start(handle: str) -> None:
    spaces.start(title="Mine", speak_permission="everyone", by=User.objects.get(handle=handle))


def join(slug_and_handle: str) -> None:
    slug, handle = slug_and_handle.split("/")
    attendance.join(space=Space.objects.get(slug=slug), by=Person(user=User.objects.get(handle=handle)))


def main(move: str, subject: str) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        {"take_seat": take_seat, "start": start, "join": join}[move](subject)
    except Refused as refused:
        print(refused.code)
    else:
        print("done")


if __name__ == "__main__":
    main(*sys.argv[1:])
