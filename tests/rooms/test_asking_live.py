"""Who was asked and what they said, live for those who lead: in the room, and before it for its host."""

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from rooms.models import Space
from rooms.services import invitations, links, stage
from tests.rooms.test_live_equals_reload import cookies_of
from tests.support import cast
from tests.support.invited import ask, planned
from tests.support.live import AtHome, Visitor

act = database_sync_to_async


def answered(answer, kind: str = "speak"):
    return lambda space, ana: answer(invitation=ask(space, ana, kind), by=ana)


def revoked(space: Space, _) -> None:
    link, _ = links.make(space=space, by=space.host)
    links.revoke(link=link, by=space.host)


ACTS = {
    "somebody is invited": lambda space, ana: ask(space, ana),
    "somebody is asked to help to host": lambda space, ana: ask(space, ana, "cohost"),
    "they say no": answered(invitations.decline),
    "they say yes": answered(invitations.accept),
    "it is withdrawn": lambda space, ana: invitations.withdraw(invitation=ask(space, ana), by=space.host),
    "a link is made": lambda space, _: links.make(space=space, by=space.host),
    "a link is revoked": revoked,
}


def make_private(space: Space) -> Space:
    Space.objects.filter(pk=space.pk).update(is_private=True)
    return Space.objects.select_related("host").get(pk=space.pk)


@pytest.mark.parametrize("name", ACTS)
async def test_inside_live_equals_reload_when(name, committed_room):
    space, ana = await act(make_private)(committed_room.space), await act(cast.user)("ana")
    people = [committed_room.host, committed_room.cohost, committed_room.listener]
    windows = [await Visitor(space.slug, await act(cookies_of)(person)).open() for person in people]
    await act(ACTS[name])(space, ana)
    for window, person in zip(windows, people, strict=True):
        await window.until_as_reloaded(person)
    for window, leads in zip(windows, [True, True, False], strict=True):
        assert ("No answer yet" in str(window.page.elements)) is (leads and name.startswith("somebody"))
        await window.close()


@pytest.mark.parametrize("name", ACTS)
async def test_before_it_starts_the_host_sees_each_answer(name, transactional_db):
    space, ana = await act(planned)(is_private=True), await act(cast.user)("ana")
    client = Client()
    await act(client.force_login)(space.host)
    window = await AtHome({"sessionid": client.cookies["sessionid"].value}).open()
    await act(ACTS[name])(space, ana)
    await window.until_as_reloaded(space.host)
    await window.close()


async def test_whoever_leads_no_more_sees_no_more_of_it(committed_room):
    ana = await act(cast.user)("ana")
    await act(ask)(committed_room.space, ana)
    window = await Visitor(committed_room.space.slug, await act(cookies_of)(committed_room.cohost)).open()
    assert "Ana" in window.page.elements["invitation-list"]
    await act(stage.free_seat)(participant=committed_room.cohost, by=committed_room.host)
    await window.until(lambda: "Ana" not in window.page.elements["invitation-list"])
    await window.close()
