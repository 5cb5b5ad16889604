"""The private names we lean on are where we left them."""

from importlib.metadata import version

from aioice import ice
from aiortc import RTCPeerConnection

from rooms.relay import aiortc_insides


async def test_a_name_that_moved_is_told_in_a_sentence(monkeypatch):
    monkeypatch.delattr(ice.StunProtocol, "send_data")
    assert aiortc_insides.missing_names() == [
        "aioice's StunProtocol has no `send_data` any more: rooms/relay/aioice_insides.py must follow this version."
    ]


async def test_every_private_name_is_still_there():
    found = {name: version(name) for name in ("aiortc", "aioice", "pylibsrtp")}
    assert aiortc_insides.missing_names() == [], f"installed: {found}"


async def test_other_connections_keep_their_own_certificates():
    first, second = aiortc_insides._new_connection(), aiortc_insides._new_connection()
    stock = RTCPeerConnection()
    name = "_RTCPeerConnection__certificates"
    assert getattr(first, name)[0] is getattr(second, name)[0]
    assert getattr(stock, name)[0] is not getattr(first, name)[0]


async def test_watching_a_connection_that_is_closed_already_ends():
    connection = ice.Connection(ice_controlling=False)
    await connection.close()
    assert isinstance(await connection.get_event(), ice.ConnectionClosed)
