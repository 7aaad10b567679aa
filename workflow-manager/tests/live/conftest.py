"""A server that stands where the services outside would be, and records what it is sent."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest


@dataclass
class Outside:
    """What was posted, by path, and what is answered."""

    url: str = ""
    posted: list[tuple[str, Any]] = field(default_factory=list)
    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    """By path."""
    otherwise: tuple[int, bytes] = (200, b"")


@pytest.fixture
def outside() -> Iterator[Outside]:
    seen = Outside()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            seen.posted.append((self.path, json.loads(content)))
            status, body = seen.answers.get(self.path, seen.otherwise)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, _format: str, *_args: object) -> None:
            """What was asked is in ``posted``."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield seen
    server.shutdown()
    thread.join()
    server.server_close()
