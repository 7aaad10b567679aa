"""The logger's stream of an app's lines, on the event loop, with what it takes to go on after a break."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import OrderedDict
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from controller.services.logs import LogQuery
from kit.errors import Unavailable

CONNECT_SECONDS = 3.0
SILENCE = 30.0
"""Seconds without a byte after which the logger is taken for dead; it says something every ten."""
PIECE = 256 * 1024
WORDS = "the logger does not answer"
SOURCES = 1000
Item = dict[str, Any]


class LogStoreAway(Unavailable):
    """The logger does not answer, or stopped in the middle."""


@dataclass
class Place:
    """Where a follower is: how many lines of which store it has had, and what the last ones were."""

    store: str = ""
    position: int = 0
    moved: bool = False
    """Another store took the place of the one before, without a word of farewell."""
    ended_well: bool = True
    purged: bool = False
    is_missed: bool = False
    """The client was told that the logger is away."""
    _offsets: OrderedDict[str, int] = field(default_factory=OrderedDict)

    @property
    def parameters(self) -> Mapping[str, str]:
        return {"store": self.store, "position": str(self.position)} if self.store else {}

    def begin(self, item: Item) -> None:
        """The store's first words."""
        store, known = str(item["store"]), self.store
        self.moved = known not in ("", store) and not self.ended_well
        self.store, self.position, self.ended_well = store, int(item["position"]), False
        self.is_missed = False

    def end(self, item: Item) -> None:
        """The store's last words."""
        self.ended_well = True
        self.purged = item["end"] == "purged"

    def take(self, item: Item) -> bool:
        """Count an item; False for a line that came before: two stores may both have had it."""
        self.position += int(item.get("lost", 0))
        if "text" not in item:
            return True
        if not item.get("before"):
            self.position += 1
        file, offset = item.get("file"), item.get("offset", 0)
        if file is None:
            return True
        if offset <= self._offsets.get(file, -1):
            return False
        self._offsets[file] = offset
        self._offsets.move_to_end(file)
        if len(self._offsets) > SOURCES:
            self._offsets.popitem(last=False)
        return True


class LogStore:
    """The logger at a URL."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "", parts.port or 80

    async def follow(self, query: LogQuery, place: Place) -> AsyncGenerator[list[Item], None]:
        """What the logger sends, from ``place`` on, as it comes; it ends after an ``end``.

        Raises:
            LogStoreAway: it can't be reached, or is gone in the middle.
        """
        writer: asyncio.StreamWriter | None = None
        try:
            reader, opened = await asyncio.wait_for(self._connect(), CONNECT_SECONDS)
            writer = opened
            opened.write(self._build_request(query, place))
            await asyncio.wait_for(self._read_head(reader), SILENCE)
            rest = b""
            while data := await asyncio.wait_for(reader.read(PIECE), SILENCE):
                *lines, rest = (rest + data).split(b"\n")
                items: list[Item] = [json.loads(line) for line in lines]
                yield items
                if items and "end" in items[-1]:
                    return
        except (OSError, ValueError, TimeoutError) as error:
            raise LogStoreAway(f"Error accessing logs for {query.app}: {WORDS}") from error
        finally:
            if writer is not None:
                writer.close()
        raise LogStoreAway(f"Error accessing logs for {query.app}: {WORDS}")

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """With a kernel's buffer of one piece: by itself it may grow to 32 MiB, which count as this pod's memory."""
        reader, writer = await asyncio.open_connection(self._host, self._port)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, PIECE)
        return reader, writer

    def _build_request(self, query: LogQuery, place: Place) -> bytes:
        """HTTP/1.0, so that the answer has no frames and ends with the connection."""
        parameters = {**query.parameters, "follow": "1", **place.parameters}
        head = f"GET /logs/{query.app}?{urlencode(parameters)} HTTP/1.0"
        return f"{head}\r\nHost: {self._host}\r\n\r\n".encode()

    async def _read_head(self, reader: asyncio.StreamReader) -> None:
        status = (await reader.readline()).split(b" ")
        if len(status) < 2 or status[1] != b"200":
            raise ValueError(b" ".join(status).decode("latin-1").strip() or "no answer")
        while (await reader.readline()).strip():
            pass
