"""Why a request could not be proxied: nginx asks over a unix socket, and sends the client where the answer says.

Which endpoints an app has is looked up only then, and remembered for a moment, so a crash loop costs neither a
reload nor a flood of calls to the API. The answer's ``X-Accel-Redirect`` names a location of the configuration;
``X-Endpoint`` is a pod to try instead. That covers, too, the second for which kube-proxy may refuse connections to
a Service whose first pod is ready already.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from kit.errors import PlatformError

log = logging.getLogger(__name__)

ListEndpoints = Callable[[str, str], list[str]]
"""(namespace, Service) to ``IP:port`` of each ready pod; raises ``PlatformError`` if that can't be told."""
FindService = Callable[[str], tuple[str, str] | None]

REMEMBERED = 0.25
LOOKUP_TIMEOUT = 2.0
REQUEST_LIMIT = 65_536  # the request line is the client's
STATUSES = frozenset({"502", "504"})


@dataclass(frozen=True)
class Answer:
    location: str
    endpoint: str = ""


def choose_answer(
    failure: str, *, connected: bool, endpoints: Sequence[str] | None, choose: Callable[[Sequence[str]], str]
) -> Answer:
    """Return where the request goes. ``endpoints`` is None if they can't be told; ``choose`` picks one of them.

    Nothing has been sent on a connection that was never made: such a request may be tried once more, whatever
    its method.
    """
    if endpoints is not None and not endpoints:
        return Answer("@unavailable")
    if endpoints and failure == "502" and not connected:
        return Answer("@again", choose(endpoints))
    return Answer(f"@failed_{failure}")


class FailureDesk:
    """Answers nginx, in a thread of its own."""

    def __init__(self, socket: Path, *, find_service: FindService, list_endpoints: ListEndpoints) -> None:
        self._socket = socket
        self._find_service = find_service
        self._list_endpoints = list_endpoints
        self._known: dict[tuple[str, str], tuple[float, asyncio.Task[list[str] | None]]] = {}
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="endpoints")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="failures", daemon=True)

    def start(self) -> None:
        """Return when the socket is open."""
        self._socket.unlink(missing_ok=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._open(), self._loop).result(timeout=10)

    def stop(self) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._socket.unlink(missing_ok=True)

    async def _open(self) -> None:
        self._server = await asyncio.start_unix_server(
            self._serve, self._socket, limit=REQUEST_LIMIT, backlog=1024
        )

    async def _close(self) -> None:
        self._server.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LOOKUP_TIMEOUT)
            answer = await self._answer(parse_headers(request))
            writer.write(build_response(answer))
            await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.debug("a question of nginx was not answered: %s", error)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, headers: dict[str, str]) -> Answer:
        failure = headers.get("x-failure", "")
        failure = failure if failure in STATUSES else "502"
        service = self._find_service(headers.get("x-route", ""))
        connected = headers.get("x-connect-time", "-") not in {"", "-"}
        endpoints = await self._look_up(service) if service else None
        return choose_answer(failure, connected=connected, endpoints=endpoints, choose=random.choice)

    async def _look_up(self, service: tuple[str, str]) -> list[str] | None:
        """Ask once in a while for each Service, however many clients wait for the answer."""
        now = time.monotonic()
        asked, task = self._known.get(service, (0.0, None))
        if task is None or now - asked > REMEMBERED:
            self._known = {key: entry for key, entry in self._known.items() if now - entry[0] <= REMEMBERED}
            task = asyncio.ensure_future(self._ask(service))
            self._known[service] = (now, task)
        try:
            return await asyncio.wait_for(asyncio.shield(task), LOOKUP_TIMEOUT)
        except TimeoutError:
            return None

    async def _ask(self, service: tuple[str, str]) -> list[str] | None:
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, self._list_endpoints, *service
            )
        except PlatformError as error:
            log.warning("the endpoints of %s/%s can not be looked up: %s", *service, error)
            return None


def parse_headers(request: bytes) -> dict[str, str]:
    """Return the headers of a request that nginx made, names in lower case."""
    lines = request.decode("latin-1").split("\r\n")[1:]
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {name.strip().lower(): value.strip() for name, value in pairs}


def build_response(answer: Answer) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"X-Accel-Redirect: {answer.location}", f"X-Endpoint: {answer.endpoint}"]
    return "\r\n".join([*lines, "Content-Length: 0", "Connection: close", "", ""]).encode()
