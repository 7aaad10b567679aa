"""The HTTP API: health, the newest lines of an app, following them, forgetting an app.

Source: platform specification, 3.5.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from .buffers import Buffers, Selection
from .follow import Following

log = logging.getLogger(__name__)
DEFAULT_LINES = 100
LOGS = re.compile(r"^/logs/([^/]+)/?$")
Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Query:
    """What a request for lines asks."""

    count: int
    selection: Selection
    follow: bool = False
    store: str = ""
    position: int | None = None
    """Of ``store``: how many lines the asker has had already."""


def parse_query(query: bytes) -> Query:
    """What can't be understood counts as not given."""
    given = dict(parse_qsl(query.decode("latin-1")))
    processes = frozenset(name for name in given.get("process", "").split(",") if name)
    since = parse_since(given.get("since", ""))
    position = given.get("position", "")
    return Query(
        count=parse_log_lines(given, default=10**9 if since else DEFAULT_LINES),
        selection=Selection(processes=processes, since=since),
        follow=given.get("follow") == "1",
        store=given.get("store", ""),
        position=int(position) if position.isdecimal() else None,
    )


def parse_log_lines(given: Mapping[str, str], *, default: int = DEFAULT_LINES) -> int:
    """``log_lines`` of a query; the default if it is missing or no number."""
    if "log_lines" not in given:
        return default
    try:
        return int(given["log_lines"])
    except ValueError:
        log.info("The specified number of log lines was invalid. Defaulting to %d lines.", DEFAULT_LINES)
        return DEFAULT_LINES


def parse_since(text: str) -> datetime | None:
    """Seconds since the epoch."""
    try:
        return datetime.fromtimestamp(int(text), UTC) if text else None
    except (ValueError, OverflowError, OSError):
        return None


class WebApp:
    """An ASGI application over the buffers."""

    def __init__(self, buffers: Buffers) -> None:
        self._buffers = buffers
        self.following = Following(buffers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        found = LOGS.match(scope["path"])
        query = parse_query(scope["query_string"])
        if found and scope["method"] == "GET" and query.follow:
            await self.following.serve(found.group(1), query, receive, send)
            return
        status, body = self.answer(scope["method"], scope["path"], scope["query_string"])
        await respond(send, status, body)

    def answer(self, method: str, path: str, query: bytes) -> tuple[int, bytes]:
        """Status and body of a request."""
        if method == "GET" and path in ("/healthz", "/healthz/"):
            return 200, b""
        found = LOGS.match(path)
        if found and method == "GET":
            return self.read(found.group(1), parse_query(query))
        if found and method == "DELETE":
            self._buffers.delete(found.group(1))
            return 200, b""
        return 404, b""

    def read(self, app: str, query: Query) -> tuple[int, bytes]:
        lines = self._buffers.read(app, query.count, query.selection)
        if lines is None:
            return 204, b""
        return 200, "".join(f"{line}\n" for line in lines).encode()


async def respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
