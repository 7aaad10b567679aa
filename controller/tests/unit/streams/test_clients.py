"""Input on its way, and clients that do not listen."""

import asyncio

import pytest

from controller.streams import clients
from controller.streams.clients import Client, ClientGone, Typed


def test_input_keeps_its_order_and_ends_once():
    async def scenario():
        typed = Typed()
        taking = asyncio.create_task(typed.take())
        await asyncio.sleep(0)
        assert typed.put(b"a")
        assert typed.put(b"")
        assert typed.put(b"b")
        typed.end()
        assert typed.put(b"too late")
        return [await taking, await typed.take(), await typed.take(), await typed.take()]

    assert asyncio.run(scenario()) == [b"a", b"b", b"", b""]


def test_more_input_than_may_lie_about():
    async def scenario():
        typed = Typed(limit=3)
        assert typed.put(b"abc")
        assert await typed.take() == b"abc"
        assert typed.put(b"abc")
        return typed.put(b"d")

    assert asyncio.run(scenario()) is False


def test_a_client_that_left():
    async def scenario(code):
        async def receive():
            return {"type": "websocket.disconnect", "code": code}

        async def send(_):
            raise OSError

        client = Client(receive, send)
        await client.close(1000)
        with pytest.raises(ClientGone):
            await client.send(b"x")
        with pytest.raises(ClientGone) as caught:
            await client.receive()
        return caught.value.restarting

    assert asyncio.run(scenario(1006)) is False
    assert asyncio.run(scenario(clients.RESTARTING)) is True
