"""The HTTP API: health, the newest lines of an app, forgetting an app.

Source: platform specification, 3.5.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs

from .buffers import Buffers

log = logging.getLogger(__name__)
DEFAULT_LINES = 100
LOGS = re.compile(r"^/logs/([^/]+)/?$")
Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


def parse_log_lines(query: bytes) -> int:
    """``log_lines`` of a query; 100 if it is missing or no number."""
    given = parse_qs(query.decode("latin-1")).get("log_lines")
    if not given:
        return DEFAULT_LINES
    try:
        return int(given[-1])
    except ValueError:
        log.info("The specified number of log lines was invalid. Defaulting to 100 lines.")
        return DEFAULT_LINES


class WebApp:
    """An ASGI application over the buffers."""

    def __init__(self, buffers: Buffers) -> None:
        self._buffers = buffers

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        if scope["type"] == "http":
            status, body = self.answer(scope["method"], scope["path"], scope["query_string"])
            await respond(send, status, body)

    def answer(self, method: str, path: str, query: bytes) -> tuple[int, bytes]:
        """Status and body of a request."""
        if method == "GET" and path in ("/healthz", "/healthz/"):
            return 200, b""
        found = LOGS.match(path)
        if found and method == "GET":
            return self.read(found.group(1), parse_log_lines(query))
        if found and method == "DELETE":
            self._buffers.delete(found.group(1))
            return 200, b""
        return 404, b""

    def read(self, app: str, count: int) -> tuple[int, bytes]:
        lines = self._buffers.read(app, count)
        if lines is None:
            return 204, b""
        return 200, "".join(f"{line}\n" for line in lines).encode()


async def respond(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    if status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
