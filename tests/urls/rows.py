"""The rows of table.txt, and what is answered in their place."""

from pathlib import Path

from django.db import transaction

from tests.urls.world import PRIVATE, ROLES, World

TABLE = Path(__file__).parent / "table.txt"
# Sound. These views give their connection back before they wait, which an open transaction would not survive.
SOUND = {"whip", "whep", "whip_session", "whep_session"}


def _rows() -> dict[tuple[str, str], tuple[int, ...]]:
    found = {}
    for line in TABLE.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, method, *statuses = line.split()
            assert (name, method) not in found, f"{method} {name} stands twice"
            found[name, method] = tuple(map(int, statuses))
    return found


ROWS = _rows()
OF_SOUND = [row for row in ROWS if row[0].removesuffix(PRIVATE) in SOUND]
OF_PAGES = [row for row in ROWS if row not in OF_SOUND]


def compare(row: tuple[str, str], found: tuple[int, ...]) -> None:
    assert found == ROWS[row], f"{ROLES} got\n{' '.join(row)} {' '.join(map(str, found))}"


def answers(everything: World, path: str, method: str, roles=ROLES) -> tuple[int, ...]:
    """The statuses, each as if nobody had asked before."""
    return tuple(answer(everything, role, path, method) for role in roles)


def answer(everything: World, role: str, path: str, method: str) -> int:
    with transaction.atomic():
        status = everything.browser(role).generic(method, path).status_code
        transaction.set_rollback(True)
    return status
