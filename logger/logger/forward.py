"""The server's side of fluentd's forward protocol, version 1: messages of every mode in, acknowledgements out.

Source: the Fluentd project's description of the protocol.
"""

from __future__ import annotations

import asyncio
import gzip
import logging
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import msgpack

from .errors import InvalidMessage

log = logging.getLogger(__name__)
Record = dict[str, Any]
CHUNK = 256 * 1024
LONGEST = 64 * 1024 * 1024
"""Bytes that one message may have."""


def parse_message(message: Any) -> tuple[list[Record], str | None]:
    """Records of one message, and the chunk to be acknowledged if the sender asked for that.

    Raises:
        InvalidMessage: no mode of the protocol has this form.
    """
    if not isinstance(message, list) or not 2 <= len(message) <= 4 or not isinstance(message[0], str):
        raise InvalidMessage("A message is an array that begins with a tag.")
    option: Any = message[-1] if len(message) > 2 and isinstance(message[-1], dict) else {}
    if isinstance(message[1], list):
        records = [take_record(entry) for entry in message[1]]
    elif isinstance(message[1], bytes):
        records = list(unpack_entries(message[1], compressed=option.get("compressed") == "gzip"))
    elif len(message) > 2 and isinstance(message[2], dict):
        records, option = (
            [message[2]],
            message[3] if len(message) > 3 and isinstance(message[3], dict) else {},
        )
    else:
        raise InvalidMessage("A message has entries, or a time and a record.")
    chunk = option.get("chunk")
    return records, chunk if isinstance(chunk, str) else None


def unpack_entries(data: bytes, *, compressed: bool) -> Iterator[Record]:
    unpacker = msgpack.Unpacker(raw=False, unicode_errors="replace", strict_map_key=False)
    unpacker.feed(decompress(data) if compressed else data)
    for entry in unpacker:
        yield take_record(entry)


def decompress(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidMessage(f"Entries are said to be compressed and are not: {error}") from error


def take_record(entry: Any) -> Record:
    if not isinstance(entry, list) or len(entry) < 2 or not isinstance(entry[1], dict):
        raise InvalidMessage("An entry is a time and a record.")
    return entry[1]


class ForwardServer:
    """Hands each record on, and has them flushed, before their chunk is acknowledged."""

    def __init__(self, take: Callable[[Record], None], *, flush: Callable[[], None]) -> None:
        self._take = take
        self._flush = flush
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int) -> asyncio.Server:
        self._server = await asyncio.start_server(self._serve, host, port)
        return self._server

    def stop(self) -> None:
        """Take nothing more: what was not acknowledged is sent to the logger after this one."""
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        self._writers.add(writer)
        try:
            await self._read(reader, writer)
        except (InvalidMessage, ValueError, msgpack.UnpackException, OSError) as error:
            log.warning("the connection from %s was closed: %s", peer, error)
        finally:
            self._writers.discard(writer)
            writer.close()

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        unpacker = msgpack.Unpacker(
            raw=False, unicode_errors="replace", strict_map_key=False, max_buffer_size=LONGEST
        )
        while data := await reader.read(CHUNK):
            unpacker.feed(data)
            for message in unpacker:
                records, chunk = parse_message(message)
                for record in records:
                    self._take(record)
                self._flush()
                if chunk is not None:
                    writer.write(msgpack.packb({"ack": chunk}))
                    await writer.drain()
                await asyncio.sleep(0)  # followers get their turn between two messages of one piece
