"""``logs?follow=1``: an app's lines to a client as they come, for as long as it listens.

A deploy changes nothing for a follower, as lines are filed by app. A logger that restarts is waited for, and
asked for what came meanwhile. Lines that are gone for good are counted in a line of their own. No thread and no
connection of the database is held.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterable, MutableMapping
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

from controller.services.logs import LogQuery
from controller.streams.logstore import Item, LogStore, LogStoreAway, Place

log = logging.getLogger(__name__)

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Headers = list[tuple[bytes, bytes]]

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
LOOK = 30.0
"""Seconds after which a follower is asked about again: whether it still may."""
SEND_DEADLINE = 300.0
"""Seconds after which a client that takes nothing is given up; what it misses meanwhile waits in the logger."""
PLAIN = (b"content-type", b"text/plain")
STREAM: Headers = [PLAIN, (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no")]
"""The last one is for proxies, which would keep lines until they have many."""
AWAY = "the logger is away; what comes meanwhile follows later"
LEAVING = "this controller is about to end; follow again"
PURGED = "the app is gone"
REFUSED = "you may not read this log any more"
MOVED = "another logger took over; what the one before had not sent yet is lost, nobody knows how many lines"


class LogFollowers:
    """All clients that follow, at this moment."""

    def __init__(self, url: str, *, look: float = LOOK) -> None:
        self._store = LogStore(url)
        self._look = look
        self._leaving = asyncio.Event()

    def leave(self) -> None:
        """End them all: this process is about to."""
        self._leaving.set()

    async def serve(
        self, query: LogQuery, receive: Receive, send: Send, *, may_go_on: Callable[[], Awaitable[bool]]
    ) -> None:
        """Answer one client, to its end."""
        client = Client(send)
        leaving, refused = self._wait_to_leave(), self._wait_for_refusal(may_go_on)
        parts = [self._pump(query, client), wait_until_gone(receive), leaving, refused]
        if query.heartbeat:
            parts.append(client.beat(query.heartbeat))
        try:
            reason = await wait_for_first(parts)
            await client.end(build_notice(reason) if reason else "")
        except (TimeoutError, OSError) as error:
            log.info("a follower of %s is given up: %s", query.app, error)

    async def _wait_to_leave(self) -> str:
        await self._leaving.wait()
        return LEAVING

    async def _wait_for_refusal(self, may_go_on: Callable[[], Awaitable[bool]]) -> str:
        """A token may be replaced, or a permission taken back, while somebody follows."""
        while True:
            await asyncio.sleep(self._look)
            if not await may_go_on():
                return REFUSED

    async def _pump(self, query: LogQuery, client: Client) -> None:
        """Until the app is gone, or the logger can't be reached at the very beginning."""
        place, pause = Place(), FIRST_PAUSE
        while not place.purged:
            try:
                async with aclosing(self._read(query, place)) as texts:
                    async for text in texts:
                        await client.send(text)
                        pause = FIRST_PAUSE
            except LogStoreAway as error:
                if pause == LONGEST_PAUSE and not client.started:
                    await client.refuse(str(error))
                    return
                if pause == LONGEST_PAUSE and not place.is_missed:
                    place.is_missed = True
                    await client.send(build_notice(AWAY))
            if not place.purged:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _read(self, query: LogQuery, place: Place) -> AsyncGenerator[str, None]:
        """Texts for the client; an empty one where the logger only says that it is there."""
        async with aclosing(self._store.follow(query, place)) as pieces:
            async for items in pieces:
                yield "".join(render(items, place))


def render(items: Iterable[Item], place: Place) -> Iterable[str]:
    """What the client reads of what the logger sent; ``place`` moves on."""
    for item in items:
        if "store" in item:
            place.begin(item)
            if place.moved:
                yield build_notice(MOVED)
        elif "end" in item:
            place.end(item)
            if place.purged:
                yield build_notice(PURGED)
        elif place.take(item):
            if "lost" in item:
                yield build_notice(f"{item['lost']} lines were lost here")
            if "text" in item:
                yield f"{item['text']}\n"


def build_notice(text: str) -> str:
    """A line of ours, in the form of the others."""
    return f"{datetime.now(UTC).isoformat(timespec='seconds')} deis[logs]: {text}\n"


async def wait_for_first(parts: Iterable[Coroutine[Any, Any, str | None]]) -> str | None:
    """What the first that returns says, or raise what it raises; the others are stopped."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next((said for said in [task.result() for task in done] if said), None)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Client:
    """The answer. It begins with the first ``send``, even of nothing."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._lock = asyncio.Lock()
        self._sent = False
        self.started = False

    async def send(self, text: str) -> None:
        """
        Raises:
            TimeoutError: it takes nothing.
        """
        async with self._lock:
            if not self.started:
                self.started = True
                await self._send({"type": "http.response.start", "status": 200, "headers": STREAM})
            if text:
                self._sent = True
                await self._post(text.encode(), more=True)

    async def beat(self, seconds: int) -> None:
        """An empty line whenever there was nothing for so long."""
        while True:
            self._sent = False
            await asyncio.sleep(seconds)
            if self.started and not self._sent:
                await self.send("\n")

    async def refuse(self, text: str) -> None:
        self.started = True
        await self._send({"type": "http.response.start", "status": 503, "headers": [PLAIN]})
        await self._post(text.encode(), more=True)

    async def end(self, text: str) -> None:
        """What was begun is brought to its end; a client that has left does not mind."""
        if self.started:
            await self._post(text.encode(), more=False)

    async def _post(self, body: bytes, *, more: bool) -> None:
        message = {"type": "http.response.body", "body": body, "more_body": more}
        await asyncio.wait_for(self._send(message), SEND_DEADLINE)
