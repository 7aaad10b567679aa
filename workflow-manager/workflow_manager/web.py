"""The HTTP API: /components, /id, /doctor and the probe.

Source: platform specification, 12.3.
"""

from __future__ import annotations

import json
import logging
import socket
import uuid
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kit.errors import InvalidInput, PlatformError
from kit.kube import Kube

from .clusterid import get_cluster_id
from .components import Component, build_cluster, list_components
from .errors import BodyTooLarge, LengthMissing
from .reports import Reports, build_report
from .services import Service
from .settings import Settings
from .versions import Versions, mark_updates

log = logging.getLogger(__name__)
Answer = tuple[int, str, bytes]
TEXT, JSON = "text/plain", "application/json"
LONGEST_BODY = 1 << 16
"""Bytes. No route needs a body; what clients send all the same is read and dropped."""
REFUSED = {BodyTooLarge: 413, LengthMissing: 411, InvalidInput: 400}
DRAINED = 1 << 20
"""Bytes of a refused body that are still taken, so that the client reads the answer instead of a broken connection."""


class Api:
    """Answers by method and path."""

    def __init__(self, kube: Kube, settings: Settings, *, versions: Versions) -> None:
        self._kube, self._settings, self._versions = kube, settings, versions
        self._doctor = Service(url=settings.doctor_api_url, proxies=settings.proxies)
        self._reports = Reports(settings.report_directory)

    def list_components(self) -> list[Component]:
        return mark_updates(list_components(self._kube, self._settings.namespace), self._versions.available)

    def get_cluster(self) -> dict[str, Any]:
        return build_cluster(get_cluster_id(self._kube, self._settings.namespace), self.list_components())

    def answer(self, method: str, path: str) -> Answer:
        """Status, content type and body; 500 with the error's text where the cluster cannot be asked."""
        route = self._find(method, path.partition("?")[0].rstrip("/"))
        if route is None:
            return 404, TEXT, b"404 page not found\n"
        try:
            return route()
        except (PlatformError, OSError) as error:
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
        number = str(uuid.uuid4())
        if self._settings.doctor_api_url:
            self._doctor.post(f"/v3/doctor/{number}", report)
        else:
            path = self._reports.store(number, report)
            log.info("no doctor service is named: the report is kept in this pod, %s", path)
        return 200, TEXT, number.encode()


class Server(ThreadingHTTPServer):
    """Serves an ``Api``; port 0 takes a free one."""

    daemon_threads = True

    def __init__(self, api: Api, port: int, *, host: str = "0.0.0.0") -> None:
        self.api = api
        super().__init__((host, port), Handler)


class Handler(BaseHTTPRequestHandler):
    """One request a connection, as HTTP/1.0 has it."""

    server: Server
    timeout = 30.0

    def handle_any(self) -> None:
        try:
            self.rfile.read(parse_length(self.headers))
        except InvalidInput as error:
            self._send((REFUSED[type(error)], TEXT, f"{error}\n".encode()))
            self._drain()
        else:
            self._send(self.server.api.answer(self.command, self.path))

    do_GET = do_POST = do_HEAD = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = handle_any  # noqa: N815 - the names that http.server calls

    def _send(self, answer: Answer) -> None:
        status, kind, body = answer
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _drain(self) -> None:
        """Say that nothing more comes, then drop some of what the client still sends."""
        self.connection.shutdown(socket.SHUT_WR)
        left = DRAINED
        while left > 0 and (chunk := self.rfile.read1(left)):
            left -= len(chunk)

    def log_message(self, *_: object) -> None:
        """Probes and readers come all the time; what goes wrong is logged where it is handled."""


def parse_length(headers: Message) -> int:
    """Return how many bytes of a body there are to read.

    Raises:
        BodyTooLarge: more than are read.
        LengthMissing: it comes in pieces, and nobody knows how many.
        InvalidInput: the header is no number.
    """
    if headers.get("Transfer-Encoding"):
        raise LengthMissing(
            "The body comes without its length, and none is needed. Send the request without it."
        )
    text = headers.get("Content-Length", "0").strip()
    if not (text.isascii() and text.isdecimal()):
        raise InvalidInput("The header Content-Length is not a number.")
    if len(text) > len(str(LONGEST_BODY)) or int(text) > LONGEST_BODY:
        raise BodyTooLarge(
            f"The body is larger than {LONGEST_BODY} bytes, and none is needed. Send the request without it."
        )
    return int(text)
