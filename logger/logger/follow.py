"""Lines as they come, one JSON object a line of the answer.

``{"store", "position"}`` comes first: whose count this is, and how many lines were before the next one that counts.
Then ``{"text", "file", "offset"}`` for a line, with ``"before": true`` if it was there already and does not count,
``{"lost": 3}`` where so many went before they could be sent, ``{}`` now and then when there is nothing, and
``{"end": "purged" | "stopping"}`` before the answer ends on purpose. Positions count the lines of the asked-for
processes; with ``store`` and ``position`` a follower goes on where it was.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Protocol

from .buffers import Buffers, Follower, Selection
from .lines import Line

log = logging.getLogger(__name__)
PING = 10.0
SEND_DEADLINE = 60.0
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Wanted(Protocol):
    """What a follower asks for."""

    @property
    def count(self) -> int: ...

    @property
    def selection(self) -> Selection: ...

    @property
    def store(self) -> str: ...

    @property
    def position(self) -> int | None: ...


class Following:
    """All followers at this moment; ``stop`` sends each what is left and the end."""

    def __init__(self, buffers: Buffers) -> None:
        self._buffers = buffers
        self._followers: set[Follower] = set()
        self._stopping = False

    def stop(self) -> None:
        self._stopping = True
        for follower in self._followers:
            follower.wake.set()

    async def serve(self, app: str, wanted: Wanted, receive: Receive, send: Send) -> None:
        resumes = wanted.position is not None
        known = wanted.position if wanted.store == self._buffers.store else 0
        follower = self._buffers.follow(app, wanted.selection, position=known if resumes else None)
        before = [] if resumes else self._buffers.read_before(follower, wanted.count)
        self._followers.add(follower)
        gone = asyncio.create_task(wait_until_gone(receive))
        try:
            headers = [(b"content-type", b"application/x-ndjson")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            start = {"store": self._buffers.store, "position": follower.position}
            await post(send, render([start, *({"before": True, **describe(line)} for line in before)]))
            await self._send_all(follower, send, gone)
        except TimeoutError:
            log.warning("a follower of %s took nothing for %.0f s", app, SEND_DEADLINE)
        finally:
            gone.cancel()
            self._followers.discard(follower)
            self._buffers.leave(follower)

    async def _send_all(self, follower: Follower, send: Send, gone: asyncio.Task[None]) -> None:
        while not gone.done():
            follower.wake.clear()
            lost, lines = follower.read()
            if lost or lines:
                told = [{"lost": lost}] if lost else []
                await post(send, render([*told, *map(describe, lines)]))
            elif follower.purged or self._stopping:
                await post(send, render([{"end": "purged" if follower.purged else "stopping"}]))
                await send({"type": "http.response.body", "body": b""})
                return
            elif not await wait_for_any(follower.wake, gone):
                await post(send, b"{}\n")


async def wait_for_any(wake: asyncio.Event, gone: asyncio.Task[None]) -> bool:
    """Return once there may be something to do; False when nothing was for a while."""
    woken = asyncio.create_task(wake.wait())
    done, _ = await asyncio.wait({woken, gone}, timeout=PING, return_when=asyncio.FIRST_COMPLETED)
    woken.cancel()
    return bool(done)


async def wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def post(send: Send, body: bytes) -> None:
    """Send a part of the answer.

    Raises:
        TimeoutError: nobody takes it.
    """
    message = {"type": "http.response.body", "body": body, "more_body": True}
    await asyncio.wait_for(send(message), SEND_DEADLINE)


def describe(line: Line) -> dict[str, Any]:
    source = line.source
    place = {"file": source.file, "offset": source.offset} if source else {}
    return {"text": line.text, **place}


def render(items: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items).encode()
