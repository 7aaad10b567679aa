"""The HTTP API: /components, /id, /doctor and the probe.

Source: platform specification, 12.3.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kit.errors import PlatformError
from kit.kube import Kube

from .clusterid import get_cluster_id
from .components import build_cluster, list_components
from .reports import build_report, send_report
from .settings import Settings

log = logging.getLogger(__name__)
Answer = tuple[int, str, bytes]
TEXT, JSON = "text/plain", "application/json"


class Api:
    """Answers by method and path."""

    def __init__(self, kube: Kube, settings: Settings) -> None:
        self._kube, self._settings = kube, settings

    def get_cluster(self) -> dict[str, Any]:
        namespace = self._settings.namespace
        return build_cluster(get_cluster_id(self._kube, namespace), list_components(self._kube, namespace))

    def answer(self, method: str, path: str) -> Answer:
        """Status, content type and body; 500 with the error's text where the cluster cannot be asked."""
        route = self._find(method, path.partition("?")[0].rstrip("/"))
        if route is None:
            return 404, TEXT, b"404 page not found\n"
        try:
            return route()
        except PlatformError as error:
            log.warning("%s %s: %s", method, path, error)
            return 500, TEXT, f"{error}\n".encode()

    def _find(self, method: str, path: str) -> Callable[[], Answer] | None:
        if path == "/doctor":
            return self._answer_doctor if method == "POST" else None
        routes = {
            "/healthz": self._answer_health,
            "/components": self._answer_components,
            "/id": self._answer_id,
        }
        return routes.get(path)

    def _answer_health(self) -> Answer:
        return 200, TEXT, b""

    def _answer_components(self) -> Answer:
        return 200, JSON, json.dumps(self.get_cluster()).encode()

    def _answer_id(self) -> Answer:
        return 200, TEXT, get_cluster_id(self._kube, self._settings.namespace).encode()

    def _answer_doctor(self) -> Answer:
        report = build_report(self._kube, self._settings.namespace, cluster=self.get_cluster())
        return 200, TEXT, send_report(self._settings.doctor_api_url, report).encode()


class Server(ThreadingHTTPServer):
    """Serves an ``Api``; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, api: Api, port: int, *, host: str = "0.0.0.0") -> None:
        self.api = api
        super().__init__((host, port), Handler)


class Handler(BaseHTTPRequestHandler):
    server: Server
    timeout = 30.0

    def handle_any(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        status, kind, body = self.server.api.answer(self.command, self.path)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = handle_any  # noqa: N815 - the names that http.server calls

    def log_message(self, *_: object) -> None:
        """Probes and readers come all the time; what goes wrong is logged where it is handled."""
