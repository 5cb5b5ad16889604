"""Every address of the project, for six people: what table.txt says they are answered, generated from the URLs, so that
a new one without a row fails.

A row stands for one method of one address of the host's: the live and listed Space, with "@private" the private one.
The answer is the status alone; what it says, and what it does, is shown where the behaviour is tested.
"""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests.urls.rows import OF_PAGES, ROWS, answer, answers, compare
from tests.urls.world import PRIVATE, World, addresses, methods, staff_paths, world

EVERY_METHOD = {"GET", "POST", "PUT", "PATCH", "DELETE"}
# Django's own pages for staff, which have a rule in place of rows.
STAFF_PAGES = "admin:"
# Sent by mail programs, which have no cookies: the link is the proof (RFC 8058).
FROM_ELSEWHERE = {"unsubscribe"}
COMMANDS = [(name, method) for name, method in OF_PAGES if method != "GET" and name not in FROM_ELSEWHERE]


@pytest.fixture(scope="module")
def everything(django_db_setup, django_db_blocker) -> Iterator[World]:
    """Made once: whatever an answer changes is undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield world()
        transaction.set_rollback(True)


def test_every_address_has_a_row_for_each_of_its_methods():
    having: dict[str, set[str]] = {}
    for name, method in ROWS:
        having.setdefault(name.removesuffix(PRIVATE), set()).add(method)
    for name in addresses():
        if name.startswith(STAFF_PAGES):
            continue
        assert name in having, f"{name} has no row in table.txt"
        missing = methods(name) - having[name]
        assert not missing, f"{name} answers {missing} and has no row for it in table.txt"
    assert having.keys() <= addresses().keys(), f"rows for nothing: {having.keys() - addresses().keys()}"


@pytest.mark.parametrize("row", OF_PAGES, ids=" ".join)
def test_everybody_is_answered_as_the_table_says(everything, row):
    name, method = row
    compare(row, answers(everything, everything.address(name), method))


@pytest.mark.parametrize("name", dict.fromkeys(name.removesuffix(PRIVATE) for name, _ in OF_PAGES))
def test_what_has_no_row_is_no_way_in(everything, name):
    """Neither an answer nor a failure for methods an address does not have."""
    path = everything.address(name)
    for method in sorted(EVERY_METHOD - {method for row, method in ROWS if row.removesuffix(PRIVATE) == name}):
        for status in answers(everything, path, method, roles=("anonymous", "host")):
            assert 300 <= status < 500, f"{method} {path}: {status}"


@pytest.mark.parametrize("row", COMMANDS, ids=" ".join)
def test_no_command_comes_from_another_site(everything, row):
    """Without the token of our own pages nothing is done for whoever is signed in (CSRF)."""
    name, method = row
    client = Client(enforce_csrf_checks=True)
    client.force_login(everything.people["host"])
    assert client.generic(method, everything.address(name)).status_code == 403


@pytest.mark.parametrize("path", sorted(set(staff_paths())))
def test_staff_pages_are_for_staff(everything, path):
    """Everybody else is led to where one signs in or refused, whatever they ask for, and whether or not it exists."""
    for method in ("GET", "POST"):
        *others, staff = answers(everything, path, method)
        assert set(others) <= {302, 403}, f"{method} {path}: {others}"
        assert staff < 500, f"{method} {path}: {staff}"


@pytest.mark.parametrize("name", ["index", "accounts_user_changelist", "accounts_user_add", "rooms_space_changelist"])
def test_staff_see_their_pages(everything, name):
    assert answer(everything, "staff", reverse(f"admin:{name}"), "GET") == 200
