"""Staff listen to review copies: never without a reason that stays, never past its date, and not where people were told
that nobody would."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.core.files.storage import storages
from django.test import Client
from django.urls import get_resolver, reverse

from recordings import selectors
from recordings.models import Copy, Hold, Segment, StaffAccess
from recordings.refusals import Refused
from recordings.services import listening
from rooms.models import Space
from tests.support import cast, purged, recorded

ENDED = datetime(2026, 11, 22, 20, 15, 30, tzinfo=UTC)
LATER = ENDED + timedelta(days=1)
REASON = "Report 7: abuse in the first minute"


@pytest.fixture
def space(db, storage) -> Space:
    return recorded.space(purged.TALKS, ended=ENDED)


def staff(handle: str = "keeper", permission: str = "listen_copy"):
    person = cast.user(handle, is_staff=True)
    person.user_permissions.add(Permission.objects.get(codename="view_copy"))
    if permission:
        person.user_permissions.add(Permission.objects.get(codename=permission))
    return person


def browser(person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def address(name: str, copy: Copy) -> str:
    words = {"piece": [copy.pk, Segment.objects.filter(copy=copy).first().pk]}.get(name, [copy.pk])
    return reverse(f"admin:recordings_copy_{name}", args=words)


def status(client: Client, name: str, copy: Copy, at: datetime = LATER) -> int:
    with time_machine.travel(at, tick=False):
        return client.get(address(name, copy)).status_code


def say_why(client: Client, copy: Copy, at: datetime = LATER, reason: str = REASON):
    with time_machine.travel(at, tick=False):
        return client.post(address("listen", copy), {"reason": reason})


WAYS = ["sound", "pieces", "piece"]
# Without a reason: led to where one says it, or refused.
SHUT = {"sound": 302, "pieces": 403, "piece": 403}


def test_the_ways_of_these_tests_are_all_there_are():
    """To the bytes; whoever adds one adds it to WAYS."""
    names = {name for name, *_ in get_resolver("config.urls").reverse_dict.items() if isinstance(name, str)}
    admin = {url.name for url in _admin_urls() if url.name and url.name.startswith("recordings_copy_")}
    own = {f"recordings_copy_{name}" for name in ("listen", *WAYS)}
    django = {f"recordings_copy_{name}" for name in ("changelist", "add", "history", "delete", "change")}
    assert admin == own | django and not {name for name in names if "segment" in name}


def _admin_urls():
    for resolver in get_resolver("config.urls").url_patterns:
        if getattr(resolver, "namespace", None) == "admin":
            stack = list(resolver.url_patterns)
            while stack:
                one = stack.pop()
                stack += getattr(one, "url_patterns", [])
                if hasattr(one, "name"):
                    yield one


# --- Who gets nothing ---


@pytest.mark.parametrize("name", ["listen", *WAYS])
def test_people_who_are_no_staff_get_nothing(space, name):
    StaffAccess.objects.create(copy=space.copy, by=space.host, reason=REASON, at=LATER)
    for client in (Client(), browser(space.host)):
        with time_machine.travel(LATER, tick=False):
            assert client.get(address(name, space.copy)).url.startswith(reverse("admin:login"))


@pytest.mark.parametrize("name", ["listen", *WAYS])
def test_nor_do_staff_without_the_right_to(space, name):
    keeper = staff(permission="")
    StaffAccess.objects.create(copy=space.copy, by=keeper, reason=REASON, at=LATER)
    assert status(browser(keeper), name, space.copy) == 403
    with pytest.raises(Refused, match="staff_only"), time_machine.travel(LATER):
        listening.begin(copy=space.copy, reason=REASON, by=keeper)


@pytest.mark.parametrize("name", WAYS)
def test_without_a_reason_nothing_is_heard(space, name):
    client = browser(staff())
    assert status(client, name, space.copy) == SHUT[name]
    say_why(browser(staff("other")), space.copy)
    assert status(client, name, space.copy) == SHUT[name], "somebody else's reason"
    other = recorded.space((recorded.Talk("host", 1, 2, tone=300),), ended=ENDED)
    say_why(client, other.copy)
    assert status(client, name, space.copy) == SHUT[name], "the reason for another"


@pytest.mark.parametrize("reason", ["", "because", "   because   ", "x" * 501])
def test_a_reason_is_a_sentence(space, reason):
    answer = say_why(browser(staff()), space.copy, reason=reason)
    assert answer.status_code == 200 and not StaffAccess.objects.exists()


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (0, False), (1, False)])
def test_a_reason_counts_for_an_hour(space, name, seconds, is_open):
    client = browser(staff())
    say_why(client, space.copy)
    found = status(client, name, space.copy, LATER + timedelta(hours=1, seconds=seconds))
    assert found == (200 if is_open else SHUT[name])


@pytest.mark.parametrize("name", ["listen", *WAYS])
@pytest.mark.parametrize(("seconds", "is_open"), [(-1, True), (0, False), (1, False)])
def test_expired_it_is_not_there(space, name, seconds, is_open):
    keeper, expires = staff(), space.copy.expires_at
    with time_machine.travel(expires - timedelta(minutes=10), tick=False):
        client = browser(keeper)
    say_why(client, space.copy, expires - timedelta(minutes=10))
    assert status(client, name, space.copy, expires + timedelta(seconds=seconds)) == (200 if is_open else 404)


@pytest.mark.parametrize("state", ["purging", "purged"])
def test_nor_what_a_purge_has(space, state):
    client = browser(staff())
    say_why(client, space.copy)
    Copy.objects.update(state=state, purge_claimed_at=LATER if state == "purging" else None)
    assert {status(client, name, space.copy) for name in ("listen", *WAYS)} == {404}
    assert say_why(client, space.copy).status_code == 404 and StaffAccess.objects.count() == 1


@pytest.mark.parametrize("told", ["never", "on_report"])
def test_what_people_were_told_is_not_for_staff_is_not(space, told):
    if told == "never":
        Space.objects.update(review_copy=False)
    else:
        Copy.objects.update(on_report=True)
    client, keeper = browser(staff()), staff("other")
    assert "not for staff" in say_why(client, space.copy).content.decode()
    StaffAccess.objects.create(copy=space.copy, by=keeper, reason=REASON, at=LATER)
    assert status(browser(keeper), "piece", space.copy) == 403


def test_a_report_opens_what_is_kept_for_reports(space):
    Copy.objects.update(on_report=True)
    Hold.objects.create(copy=space.copy, kind="report", key="1", reason="Abuse", placed_at=ENDED)
    client = browser(staff())
    assert say_why(client, space.copy).status_code == 302 and status(client, "piece", space.copy) == 200


# --- What staff hear ---


def test_after_the_reason_everything_is_heard(space):
    client = browser(staff())
    answer = say_why(client, space.copy)
    assert answer.url == address("sound", space.copy)
    access = StaffAccess.objects.get()
    assert (access.copy, access.by.handle, access.reason, access.at) == (space.copy, "keeper", REASON, LATER)
    with time_machine.travel(LATER, tick=False):
        page = client.get(answer.url).content.decode()
        assert "@host" in page and "@speaker" in page and "microphone open for 5 s" in page
        pieces = client.get(address("pieces", space.copy)).json()["pieces"]
        assert [(piece["at"], piece["length"]) for piece in pieces] == [(1000, 4000), (3000, 2000), (5000, 1000)]
        for piece, row in zip(pieces, Segment.objects.all(), strict=True):
            sound = client.get(piece["url"])
            assert sound.content == storages["copies"].open(row.name).read()
            assert sound["Content-Type"] == "audio/ogg" and "no-store" in sound["Cache-Control"]


def test_a_piece_of_another_copy_is_not_in_this_one(space):
    other = recorded.space((recorded.Talk("host", 1, 2, tone=300),), ended=ENDED)
    client = browser(staff())
    say_why(client, space.copy)
    strange = reverse("admin:recordings_copy_piece", args=[space.copy.pk, other.copy.segments.get().pk])
    with time_machine.travel(LATER, tick=False):
        assert client.get(strange).status_code == 404


def test_staff_find_copies_and_what_was_done_with_them(space):
    keeper = staff()
    keeper.user_permissions.add(*Permission.objects.filter(codename__in=["view_hold", "view_staffaccess"]))
    client = browser(keeper)
    Hold.objects.create(copy=space.copy, kind="report", key="77", reason="Abuse", placed_at=ENDED)
    say_why(client, space.copy)
    with time_machine.travel(LATER, tick=False):
        assert space.title in client.get(reverse("admin:recordings_copy_changelist")).content.decode()
        page = client.get(reverse("admin:recordings_copy_change", args=[space.copy.pk])).content.decode()
        assert address("listen", space.copy) in page and REASON in page and "77" in page
        accesses = client.get(reverse("admin:recordings_staffaccess_changelist")).content.decode()
        assert REASON in accesses
    with time_machine.travel(ENDED + timedelta(days=30), tick=False):
        page = client.get(reverse("admin:recordings_copy_change", args=[space.copy.pk])).content.decode()
        assert address("listen", space.copy) not in page, "it is not there any more"


@pytest.mark.parametrize("model", ["copy", "staffaccess", "tombstone"])
def test_nothing_is_added_changed_or_deleted_by_hand(space, model):
    client = browser(cast.user("boss", is_staff=True, is_superuser=True))
    row = StaffAccess.objects.create(copy=space.copy, by=space.host, reason=REASON, at=LATER)
    pk = {"copy": space.copy.pk, "staffaccess": row.pk, "tombstone": 1}[model]
    assert client.get(reverse(f"admin:recordings_{model}_add")).status_code == 403
    for act in ("change", "delete"):
        answer = client.post(reverse(f"admin:recordings_{model}_{act}", args=[pk]), {"post": "yes"})
        assert answer.status_code in (302, 403)
    assert Copy.objects.exists() and StaffAccess.objects.exists()


def test_it_takes_the_same_queries_however_much_was_said(space, django_assert_num_queries):
    keeper, copy = staff(), selectors.readable_copy(space.copy.pk, LATER)
    with time_machine.travel(LATER, tick=False):
        listening.begin(copy=space.copy, reason=REASON, by=keeper)
        with django_assert_num_queries(2):
            assert selectors.open_to(keeper, space.copy.pk, LATER)
        with django_assert_num_queries(2):
            assert len(selectors.voices(space.copy)) == 2
        with django_assert_num_queries(1):
            assert selectors.length_ms(copy) == 9000
