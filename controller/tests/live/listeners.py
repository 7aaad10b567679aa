"""Servers that stand for what is around the controller: the logger, the router, whoever is told of deploys."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Listener:
    """An HTTP server that answers as it is told and remembers what it was asked."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.status, self.body = 200, b""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                listener.seen.append((self.command, self.path, dict(self.headers)))
                self.send_response(listener.status)
                self.send_header("Content-Length", str(len(listener.body)))
                self.end_headers()
                self.wfile.write(listener.body)

            do_GET = do_POST = do_DELETE = answer  # noqa: N815 - names of the base class

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
