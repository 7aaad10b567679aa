"""The client's end of a WebSocket, and what it has typed ahead."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

SEND_SECONDS = 60.0
"""How long a client may take to accept a message."""
INPUT_LIMIT = 1024 * 1024
"""Bytes of input that may lie here until the program takes them. It is always read on, or neither the client's
leaving nor its answers to pings were noticed."""
RESTARTING = 1012


class ClientGone(Exception):
    """Nobody is there any more. ``restarting``: because this controller closes its connections."""

    def __init__(self, *, restarting: bool = False) -> None:
        super().__init__("the client is gone")
        self.restarting = restarting


class Client:
    """An accepted WebSocket."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send

    async def receive(self) -> bytes | None:
        """The next binary frame; None for one of text.

        Raises:
            ClientGone
        """
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            raise ClientGone(restarting=message.get("code") == RESTARTING)
        frame: bytes | None = message.get("bytes")
        return frame

    async def send(self, frame: bytes) -> None:
        """
        Raises:
            ClientGone: also if it accepts nothing for a minute.
        """
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send({"type": "websocket.send", "bytes": frame})
        except (OSError, TimeoutError) as error:
            raise ClientGone from error

    async def close(self, code: int, reason: str = "") -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (OSError, TimeoutError):
            return


class Typed:
    """Input on its way, in order."""

    def __init__(self, *, limit: int = INPUT_LIMIT) -> None:
        self._limit = limit
        self._chunks: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._change = asyncio.Event()

    def put(self, data: bytes) -> bool:
        """False if that is more than may lie here. What comes after the end is dropped."""
        if self._ended or not data:
            return True
        self._size += len(data)
        self._chunks.append(data)
        self._change.set()
        return self._size <= self._limit

    def end(self) -> None:
        self._ended = True
        self._change.set()

    async def take(self) -> bytes:
        """The next piece; empty at the end."""
        while not self._chunks and not self._ended:
            self._change.clear()
            await self._change.wait()
        if not self._chunks:
            return b""
        chunk = self._chunks.popleft()
        self._size -= len(chunk)
        return chunk
