"""Opens WebSockets. Whether one may be opened is asked of the view at that address, as if it were a plain GET."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from io import BytesIO
from typing import Any, TypeVar
from urllib.parse import parse_qs

from a2wsgi.wsgi import build_environ

from controller.api.runs import HAND_OVER
from controller.operations.sessions import session
from controller.services.runs import Ticket
from controller.services.tools import Tools
from controller.streams.attachments import Attachment
from controller.streams.clients import Client, Message, Receive, Send
from controller.streams.frames import SIZE_LIMIT, SUBPROTOCOL, Resize
from controller.streams.keeper import Keeper

T = TypeVar("T")
Wsgi = Callable[..., Iterable[bytes]]
Headers = list[tuple[bytes, bytes]]

THREADS = 8
"""For short calls to the database and to Kubernetes, however many clients there are."""
COLUMNS, ROWS = 80, 24


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What the view said. With a ticket the WebSocket is opened; without, the client reads the rest."""

    status: int
    headers: Headers
    body: bytes
    ticket: Ticket | None


class WebSockets:
    """Serves every WebSocket of a process."""

    def __init__(self, wsgi: Wsgi, *, tools: Tools, keeper: Keeper) -> None:
        self._wsgi = wsgi
        self._tools = tools
        self._keeper = keeper
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="websockets")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        await receive()  # that it wants to connect
        if scope["subprotocols"] and SUBPROTOCOL not in scope["subprotocols"]:
            body = json.dumps({"detail": f"The WebSocket's subprotocol is {SUBPROTOCOL}"})
            await refuse(send, 400, [(b"content-type", b"application/json")], body.encode())
            return
        reply = await self._in_thread(partial(knock, self._wsgi, scope))
        if reply.ticket is None:
            await refuse(send, reply.status, reply.headers, reply.body)
            return
        chosen = SUBPROTOCOL if scope["subprotocols"] else None
        await send({"type": "websocket.accept", "subprotocol": chosen})
        attachment = Attachment(
            ticket=reply.ticket,
            client=Client(receive, send),
            size=parse_window(scope["query_string"]),
            tools=self._tools,
            keeper=self._keeper,
            in_thread=self._in_thread,
        )
        await attachment.serve()

    def _in_thread(self, action: Callable[[], T]) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._threads, partial(_in_session, action))


def _in_session(action: Callable[[], T]) -> T:
    with session():
        return action()


def knock(wsgi: Wsgi, scope: Message) -> Reply:
    """Ask the view."""
    tickets: list[Ticket] = []
    told: dict[str, Any] = {}
    environ = build_environ({**scope, "type": "http", "method": "GET"}, BytesIO())  # type: ignore[arg-type, typeddict-item] # a WebSocket's scope has all that is looked at

    def start_response(status: str, headers: list[tuple[str, str]], _: object = None) -> None:
        told.update(status=int(status.split()[0]), headers=headers)

    answer = wsgi({**environ, HAND_OVER: tickets.append}, start_response)
    try:
        body = b"".join(answer)
    finally:
        if hasattr(answer, "close"):
            answer.close()
    headers = [(name.lower().encode("latin1"), value.encode("latin1")) for name, value in told["headers"]]
    return Reply(status=told["status"], headers=headers, body=body, ticket=tickets[0] if tickets else None)


def parse_window(query: bytes) -> Resize:
    """``columns=120&rows=40`` of the address; what makes no sense is as if it were not there."""
    fields = parse_qs(query.decode("latin1"))

    def read(name: str, default: int) -> int:
        text = fields.get(name, [""])[0]
        number = int(text) if text.isascii() and text.isdecimal() and len(text) <= len(str(SIZE_LIMIT)) else 0
        return number or default

    return Resize(columns=read("columns", COLUMNS), rows=read("rows", ROWS))


async def refuse(send: Send, status: int, headers: Headers, body: bytes) -> None:
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
