"""One process: probes, slugs and WebSockets as native routes, Django behind a bounded thread pool.

``/healthz`` never waits for a thread; ``/slugs/<token>`` needs no database. Every answer carries the platform's
headers, whoever made it. Source: API specification, sections 1.1, 1.3 and 4.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Protocol

from a2wsgi import WSGIMiddleware

from controller.scope import ROUTE
from controller.services.logs import FOLLOWED
from controller.settings import API_VERSION, PLATFORM_VERSION
from kit.errors import NotFound, PlatformError

access = logging.getLogger("controller.access")
log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Handler = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADERS = (
    (b"DEIS_API_VERSION", API_VERSION.encode()),
    (b"DEIS_PLATFORM_VERSION", PLATFORM_VERSION.encode()),
    (b"X-Frame-Options", b"DENY"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"X-XSS-Protection", b"1; mode=block"),
)
ORIGIN = (b"Access-Control-Allow-Origin", b"*")
EXPOSED = (b"Access-Control-Expose-Headers", b"DEIS_API_VERSION, DEIS_PLATFORM_VERSION")
PREFLIGHT = (
    (b"Access-Control-Allow-Headers", b"content-type, accept, origin, Authorization, Host"),
    (b"Access-Control-Allow-Methods", b"GET, POST, PUT, PATCH, DELETE, OPTIONS"),
    (b"Access-Control-Max-Age", b"86400"),
)
HTML = (b"Content-Type", b"text/html; charset=utf-8")
BEGINNINGS = ("http.response.start", "websocket.http.response.start", "websocket.accept")
SWITCHING = 101
PROBES = ("/healthz", "/readiness")
CONTROLS = {number: f"\\x{number:02x}" for number in (*range(0x20), *range(0x7F, 0xA0))}
SLUGS = "/slugs/"
NO_ROUTE = "none"
LINGER_SECONDS = 2.0
LINGER_BYTES = 1024 * 1024
REFUSALS = (401, 403, 404)
LOGS = re.compile(r"/v2/apps/[^/]+/logs/?\Z")


class Followers(Protocol):
    """Whoever answers those who follow a log; ``may_go_on`` says now and then whether the caller still may."""

    async def serve(
        self, query: Any, receive: Receive, send: Send, *, may_go_on: Callable[[], Awaitable[bool]]
    ) -> None: ...


class Meter(Protocol):
    """Whoever counts requests, and shows the counts on a port of its own."""

    port: int
    content_type: str

    def count_request(self, route: str, method: str, status: int, seconds: float | None) -> None: ...

    def read(self) -> bytes: ...


class Application:
    """The ASGI callable. ``find_slug`` gives the address of a token's slug, ``is_ready`` asks the database."""

    def __init__(
        self,
        wsgi: Callable[..., Any],
        *,
        threads: int,
        is_ready: Callable[[], bool],
        find_slug: Callable[[str], str],
        websockets: Handler,
        on_start: Callable[[], None],
        on_stop: Callable[[], None],
        followers: Followers,
        meter: Meter | None = None,
        log_probes: bool = False,
    ) -> None:
        self._django: Handler = WSGIMiddleware(wsgi, workers=threads)  # type: ignore[assignment] # narrower types of its own
        self._is_ready = is_ready
        self._find_slug = find_slug
        self._websockets = websockets
        self._on_start = on_start
        self._on_stop = on_stop
        self._followers = followers
        self._meter = meter
        self._log_probes = log_probes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._meter is not None and (scope.get("server") or ("", 0))[1] == self._meter.port:
            await show_counts(self._meter, scope, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)
        else:
            await self._connect(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.to_thread(self._on_start)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self._on_stop)
        await send({"type": "lifespan.shutdown.complete"})

    async def _connect(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A WebSocket begins as a GET. Its access line is written when it ends."""
        answer = Answer(send, [*HEADERS])
        try:
            await self._websockets(scope, receive, answer.send)
        finally:
            write_access_line({**scope, "method": "GET"}, answer)
            self._count({**scope, "method": "GET"}, answer, seconds=None)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        if scope["method"] == "OPTIONS" and b"access-control-request-method" in headers:
            await respond(send, 200, [ORIGIN, EXPOSED, *PREFLIGHT])
            return
        extra = [*HEADERS, *([ORIGIN, EXPOSED] if b"origin" in headers else [])]
        body = Body(receive)
        answer = Answer(send, extra, before_end=body.drain)
        began = time.monotonic()
        try:
            await self._choose(scope["path"])(scope, body.receive, answer.send)
        finally:
            if self._log_probes or scope["path"] not in PROBES:
                write_access_line(scope, answer)
            is_stream = scope.get(FOLLOWED) is not None
            self._count(scope, answer, seconds=None if is_stream else time.monotonic() - began)

    def _count(self, scope: Scope, answer: Answer, *, seconds: float | None) -> None:
        if self._meter is not None:
            self._meter.count_request(name_route(scope), scope["method"], answer.status, seconds)

    def _choose(self, path: str) -> Handler:
        if path in PROBES:
            return self._probe
        if path.startswith(SLUGS):
            return self._redirect_to_slug
        return self._answer_or_follow if LOGS.match(path) else self._django

    async def _answer_or_follow(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Django says whether the caller may, and answers what does not follow; the rest needs no thread."""
        held = await self._hold_answer(scope, receive)
        query = scope.get(FOLLOWED)
        if query is None:
            for message in held:
                await send(message)
            return

        async def may_go_on() -> bool:
            again = {name: value for name, value in scope.items() if name != FOLLOWED}
            answer = await self._hold_answer(again, receive_nothing)
            return answer[0]["status"] not in REFUSALS

        await self._followers.serve(query, receive, send, may_go_on=may_go_on)

    async def _hold_answer(self, scope: Scope, receive: Receive) -> list[Message]:
        """Django's answer, which nobody has seen yet."""
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)

        await self._django(scope, receive, hold)
        return held

    async def _probe(self, scope: Scope, _: Receive, send: Send) -> None:
        if scope["method"] not in ("GET", "HEAD"):
            await respond(send, 405, [HTML, (b"Allow", b"GET, HEAD")])
            return
        ready = scope["path"] == "/healthz" or await asyncio.to_thread(self._is_ready)
        body = b"OK" if ready else b"Service Unavailable"
        await respond(send, 200 if ready else 503, [HTML], b"" if scope["method"] == "HEAD" else body)

    async def _redirect_to_slug(self, scope: Scope, _: Receive, send: Send) -> None:
        token = scope["path"].removeprefix(SLUGS)
        try:
            url = await asyncio.to_thread(self._find_slug, token)
        except NotFound:
            await respond(send, 404, [HTML])
        except PlatformError as error:
            log.error("no address for a slug: %s", error)
            await respond(send, 503, [HTML])
        else:
            await respond(send, 302, [(b"Location", url.encode()), (b"Cache-Control", b"no-store")])


class Body:
    """What a request carries.

    A connection that is closed with a part of it unread is reset, and the client may lose the answer. So what the
    handler has no use for is read before the answer ends.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = LINGER_BYTES
        self._is_over = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        self._is_over = not message.get("more_body", False)
        return message

    async def drain(self) -> None:
        with contextlib.suppress(TimeoutError):  # a client that is this slow has lost its answer by itself
            async with asyncio.timeout(LINGER_SECONDS):
                while not self._is_over and self._left > 0:
                    await self.receive()


async def do_nothing() -> None:
    pass


class Answer:
    """Adds headers to an answer on its way, and remembers what it was; ``before_end`` is awaited before its end."""

    def __init__(
        self,
        send: Send,
        headers: list[tuple[bytes, bytes]],
        *,
        before_end: Callable[[], Awaitable[None]] = do_nothing,
    ) -> None:
        self._send = send
        self._headers = headers
        self._before_end = before_end
        self.status = 0
        self.size = 0

    async def send(self, message: Message) -> None:
        if message["type"] in BEGINNINGS:
            self.status = message.get("status", SWITCHING)
            message = {**message, "headers": [*message.get("headers", []), *self._headers]}
        else:
            self.size += len(message.get("body") or message.get("bytes") or b"")
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                await self._before_end()
        await self._send(message)


async def receive_nothing() -> Message:
    """A request without a body."""
    return {"type": "http.request", "body": b"", "more_body": False}


async def respond(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b"") -> None:
    length = (b"Content-Length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [length, *headers]})
    await send({"type": "http.response.body", "body": body})


def name_route(scope: Scope) -> str:
    """For counting: what is no route of ours is one of all that are none."""
    path = scope["path"]
    if path in PROBES:
        return str(path.removeprefix("/"))
    if path.startswith(SLUGS):
        return "slug"
    return "websocket" if scope["type"] == "websocket" else str(scope.get(ROUTE, NO_ROUTE))


async def show_counts(meter: Meter, scope: Scope, send: Send) -> None:
    if scope["type"] != "http":
        await send({"type": "websocket.close", "code": 1000})
    elif scope["path"] != "/metrics" or scope["method"] not in ("GET", "HEAD"):
        await respond(send, 404, [HTML])
    else:
        body = await asyncio.to_thread(meter.read)
        head = scope["method"] == "HEAD"
        await respond(send, 200, [(b"Content-Type", meter.content_type.encode())], b"" if head else body)


def write_access_line(scope: Scope, answer: Answer) -> None:
    """``<remote> "<request line>" <status> <bytes> "<User-Agent>"``; slug tokens are no business of a log."""
    client = scope.get("client") or ("-", 0)
    path = SLUGS + "***" if scope["path"].startswith(SLUGS) else scope["raw_path"].decode("latin1")
    query = scope["query_string"].decode("latin1")
    line = f"{scope['method']} {path}{'?' if query else ''}{query} HTTP/{scope['http_version']}"
    agent = dict(scope["headers"]).get(b"user-agent", b"-").decode("latin1")
    access.info('%s "%s" %d %d "%s"', client[0], escape(line), answer.status, answer.size, escape(agent))


def escape(text: str) -> str:
    """Nobody writes a second line, or what looks like the end of a field, into the log."""
    return text.replace("\\", "\\\\").replace('"', '\\"').translate(CONTROLS)
