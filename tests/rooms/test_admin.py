"""Staff look at rooms in Django admin, and change nothing there."""

import pytest
from django.urls import reverse

from tests.support import cast


@pytest.fixture
def staff(client, db):
    client.force_login(cast.user("keeper", is_staff=True, is_superuser=True))
    return client


@pytest.mark.parametrize("model", ["space", "participant"])
def test_strangers_do_not_get_in(client, room, model):
    assert client.get(reverse(f"admin:rooms_{model}_changelist")).status_code == 302


@pytest.mark.parametrize("model", ["space", "participant"])
def test_nothing_is_added_changed_or_deleted_by_hand(staff, room, model):
    row = room.space if model == "space" else room.listener
    assert staff.get(reverse(f"admin:rooms_{model}_add")).status_code == 403
    assert staff.post(reverse(f"admin:rooms_{model}_change", args=[row.pk]), {"title": "Mine"}).status_code == 403
    assert staff.post(reverse(f"admin:rooms_{model}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403


def test_staff_find_a_space_and_who_is_in_it(staff, room):
    assert room.space.title in staff.get(reverse("admin:rooms_space_changelist"), {"q": "evening"}).content.decode()
    people = staff.get(reverse("admin:rooms_participant_changelist"), {"q": room.space.slug}).content.decode()
    assert "Listener" in people
    page = staff.get(reverse("admin:rooms_participant_change", args=[room.guest.pk]))
    assert page.status_code == 200
    assert room.guest.guest not in page.content.decode(), "what proves a guest is nobody's to read"
