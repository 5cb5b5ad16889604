"""Work that is killed before its first write, then before its second, and so on until it comes to its end.

Run by tests with the address of their database: `python -m tests.support.dying erase USER`. Prints how often it was
killed.
"""

import os
import signal
import sys
from datetime import timedelta

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"

import django  # noqa: E402

django.setup()

from django.db import connection, connections  # noqa: E402

from accounts.services import copies, erasure  # noqa: E402
from recordings.services import exports  # noqa: E402

WRITES = ("INSERT", "UPDATE", "DELETE", "COMMIT")


def erase(pk: str) -> None:
    erasure.erase(user_id=int(pk))


def make_copies(_: str) -> None:
    copies.LEASE = timedelta(0)
    copies.make_waiting()


def make_exports(_: str) -> None:
    exports.LEASE = timedelta(0)
    exports.make_waiting()


def until_the_write(last: int):
    left = last

    def wrapper(execute, sql, params, many, context):
        nonlocal left
        left -= sql.lstrip().upper().startswith(WRITES)
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    return wrapper


def main(work, subject: str) -> int:
    killed = 0
    while True:
        pid = os.fork()
        if pid == 0:
            with connection.execute_wrapper(until_the_write(killed + 1)):
                work(subject)
            connections.close_all()
            os._exit(0)
        status = os.waitpid(pid, 0)[1]
        if not os.WIFSIGNALED(status):
            assert status == 0
            return killed
        killed += 1


if __name__ == "__main__":
    name, subject = sys.argv[1:]
    work = {"erase": erase, "make_copies": make_copies, "make_exports": make_exports}[name]
    print(main(work, subject))
