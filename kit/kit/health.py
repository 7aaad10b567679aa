"""Probe endpoints of a daemon that serves no HTTP otherwise."""

from __future__ import annotations

import logging
import socketserver
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

log = logging.getLogger(__name__)

REQUEST_TIMEOUT = 5.0


class HealthServer:
    """Answers each path of ``checks`` with 200 or 503 and no body; 404 elsewhere. Queries are ignored.

    ``port`` 0 takes a free one; the attribute of that name tells which. Use it as a context, or start and
    stop it.
    """

    def __init__(self, port: int, checks: Mapping[str, Callable[[], bool]], *, host: str = "0.0.0.0") -> None:
        self._checks = dict(checks)
        self._server = _Server((host, port), build_handler(self._checks))
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, name="health", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()

    def __enter__(self) -> HealthServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self) -> None:
        socketserver.TCPServer.server_bind(self)  # HTTPServer's looks its own name up in the DNS
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:  # noqa: ARG002
        log.debug("probe from %s ended early: %s", client_address, sys.exception())


def build_handler(checks: Mapping[str, Callable[[], bool]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = REQUEST_TIMEOUT

        def do_GET(self) -> None:
            check = checks.get(self.path.partition("?")[0])
            self.send_response(404 if check is None else 200 if is_passing(check) else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET  # noqa: N815 -- the name that the base looks for

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the base's name
            log.debug(format, *args)

    return Handler


def is_passing(check: Callable[[], bool]) -> bool:
    try:
        return bool(check())
    except Exception:  # the outermost frame of a probe; a broken check is a failing one
        log.exception("a health check failed")
        return False
