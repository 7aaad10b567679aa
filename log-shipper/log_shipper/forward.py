"""The client's side of fluentd's forward protocol: a chunk counts as sent when it is acknowledged."""

from __future__ import annotations

import asyncio
import secrets
from typing import Any

import msgpack

from .errors import LoggerUnavailable

TAG = "deis"
TIMEOUT = 20.0
"""Seconds for a connection, and for an acknowledgement."""
Record = dict[str, Any]


class ForwardClient:
    """One connection, made when it is needed and made anew after any error."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, records: list[Record]) -> None:
        """Return when the logger has acknowledged the records.

        Raises:
            LoggerUnavailable: it has not; they may have arrived all the same.
        """
        chunk = secrets.token_urlsafe(12)
        message = msgpack.packb([TAG, [[0, record] for record in records], {"chunk": chunk}])
        try:
            async with asyncio.timeout(TIMEOUT):
                answer = await self._exchange(message)
        except (OSError, TimeoutError, msgpack.UnpackException, ValueError) as error:
            self.close()
            raise LoggerUnavailable(f"{self._host}:{self._port}: {error or type(error).__name__}") from error
        if not isinstance(answer, dict) or answer.get("ack") != chunk:
            self.close()
            raise LoggerUnavailable(f"{self._host}:{self._port} acknowledged another chunk than the one sent")

    async def _exchange(self, message: bytes) -> Any:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(message)
        await writer.drain()
        unpacker = msgpack.Unpacker(raw=False)
        while data := await reader.read(4096):
            unpacker.feed(data)
            for answer in unpacker:
                return answer
        raise ConnectionError("the logger closed the connection")

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
