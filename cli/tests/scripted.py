"""A server on loopback that says what a test wants it to say, and keeps what it was asked."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    body: Any
    """Parsed JSON; None for no body."""
    headers: dict[str, str]


Raw = Callable[[BaseHTTPRequestHandler], None]
"""Writes an answer by hand, wrong ones included."""


class Scripted:
    """Answers by method and path (without query); what is not listed is answered with 404."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        """``GET /v2/apps/`` to JSON, to (status, JSON or text), to a list of those in turn, or to a ``Raw``."""
        self.anything: Any = (404, '"Not found."')
        """The answer to everything else."""
        self.version = "2.3"
        self.asked: list[Asked] = []
        self.url = ""

    def take(self, handler: BaseHTTPRequestHandler) -> None:
        length = int(handler.headers.get("Content-Length") or 0)
        data = handler.rfile.read(length)
        body = json.loads(data) if data else None
        self.asked.append(Asked(handler.command, handler.path, body, dict(handler.headers)))
        answer = self.answers.get(f"{handler.command} {handler.path.partition('?')[0]}", self.anything)
        if isinstance(answer, list) and answer and isinstance(answer[0], tuple):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer):
            answer(handler)
            return
        status, content = answer if isinstance(answer, tuple) else (200, answer)
        self.send(handler, status, content)

    def send(self, handler: BaseHTTPRequestHandler, status: int, content: Any) -> None:
        data = (content if isinstance(content, str) else json.dumps(content)).encode("utf-8", "surrogatepass")
        handler.send_response(status)
        if self.version:
            handler.send_header("DEIS_API_VERSION", self.version)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    def list_bodies(self, method: str = "POST") -> list[Any]:
        return [asked.body for asked in self.asked if asked.method == method]

    def list_requests(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]


@contextmanager
def serve() -> Iterator[Scripted]:
    scripted = Scripted()

    class Handler(BaseHTTPRequestHandler):
        def handle_request(self) -> None:
            scripted.take(self)

        do_GET = do_POST = do_DELETE = handle_request  # noqa: N815  # the names that http.server looks for

        def log_message(self, *_: Any) -> None:
            """Nothing: what was asked is kept."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    scripted.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield scripted
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
