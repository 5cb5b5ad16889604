"""A socket whose handler fails leaves nothing behind."""

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from rooms.consumers.account import AccountConsumer
from tests.rooms.test_account_socket import signed_in
from tests.support import cast
from tests.support.live import PATIENCE, AtHome

act = database_sync_to_async


@pytest.fixture
def ana(transactional_db):
    return cast.user("ana")


async def test_a_socket_that_fails_while_it_opens_listens_to_nothing_any_more(ana, monkeypatch):
    joined: list[str] = []
    join = AccountConsumer.join

    async def noted(consumer, groups):
        await join(consumer, groups)
        joined.extend(groups)

    def broken(consumer, user):
        raise RuntimeError("the database is away")

    monkeypatch.setattr(AccountConsumer, "join", noted)
    monkeypatch.setattr(AccountConsumer, "shown_to", broken)
    page = AtHome(await act(signed_in)(ana))
    await page.socket.connect(timeout=PATIENCE)
    with pytest.raises(RuntimeError, match="away"):
        await page.socket.wait(timeout=PATIENCE)
    assert joined
    layer = get_channel_layer()._get_layer()
    assert not [group for group in joined if layer.groups.get(layer._get_group_channel_name(group))]
