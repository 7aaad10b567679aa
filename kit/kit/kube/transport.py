"""HTTP to one API server: pooled connections, deadlines on every request, foreign errors turned into ours."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import orjson
import urllib3
from urllib3.connection import HTTPConnection
from urllib3.util import Retry, Timeout

from kit.kube.credentials import Credentials
from kit.kube.errors import KubeUnreachable, build_error

CONNECT_TIMEOUT = 5.0
POOL_SIZE = 16
AGENT = "deis"

# A dead peer is noticed within a minute, even by a log follow in which nothing is said for hours.
KEEP_ALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
]

# What may safely happen twice is sent again after a lost connection; anything else only if it was never
# sent, or if the server turned it away unread (429).
REPEATABLE = Retry(
    total=5,
    connect=2,
    read=2,
    status=3,
    other=0,
    redirect=0,
    allowed_methods=None,
    status_forcelist=[429],
    backoff_factor=0.1,
    raise_on_status=False,
)
ONCE = REPEATABLE.new(read=False)


APPLY = "application/apply-patch+yaml"
"""The one kind of body that the API server reads as YAML, even if it is JSON."""
UNLIKE_JSON = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""What YAML takes for the end of a line, which becomes a space, or refuses. As escapes they are the same in both."""


def encode(body: Any, *, content_type: str) -> bytes:
    """JSON, for ``APPLY`` in a form that means the same as YAML."""
    text = orjson.dumps(body)
    if content_type != APPLY or (text.isascii() and b"\x7f" not in text):
        return text
    return UNLIKE_JSON.sub(lambda letter: f"\\u{ord(letter[0]):04x}", text.decode()).encode()


class Transport:
    """Safe to share between threads."""

    def __init__(self, credentials: Credentials, *, timeout: float, agent: str = AGENT) -> None:
        """``agent`` is what the cluster's audit log says of who asked."""
        self.credentials = credentials
        self.timeout = timeout
        self.agent = agent
        options: dict[str, Any] = {}
        if credentials.server_name:
            options = {"assert_hostname": credentials.server_name, "server_hostname": credentials.server_name}
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=POOL_SIZE,
            ssl_context=credentials.ssl_context,
            socket_options=[*HTTPConnection.default_socket_options, *KEEP_ALIVE],
            **options,
        )

    def build_headers(self) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": self.agent}
        authorization = self.credentials.authorization()
        if authorization:
            headers["Authorization"] = authorization
        return headers

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
        repeatable: bool = False,
    ) -> bytes:
        """Return the body of a successful answer; ``body`` is sent as JSON."""
        headers = self.build_headers()
        encoded = None
        if body is not None:
            headers["Content-Type"] = content_type
            encoded = encode(body, content_type=content_type)
        response: urllib3.BaseHTTPResponse = self._request(
            method,
            path,
            fields=query,
            body=encoded,
            headers=headers,
            retries=REPEATABLE if repeatable or method == "GET" else ONCE,
            timeout=Timeout(connect=CONNECT_TIMEOUT, read=self.timeout),
        )
        if response.status >= 300:
            raise build_error(response.status, response.data)
        return response.data

    def open(
        self, path: str, *, query: Mapping[str, str] | None = None, idle_timeout: float | None
    ) -> urllib3.BaseHTTPResponse:
        """Return an answer whose body is still to come; silence of ``idle_timeout`` seconds ends it."""
        response: urllib3.BaseHTTPResponse = self._request(
            "GET",
            path,
            fields=query,
            headers=self.build_headers(),
            retries=REPEATABLE,
            preload_content=False,
            timeout=Timeout(connect=CONNECT_TIMEOUT, read=idle_timeout),
        )
        if response.status >= 300:
            body = response.read()
            response.release_conn()
            raise build_error(response.status, body)
        return response

    def close(self) -> None:
        self._pool.clear()

    def _request(self, method: str, path: str, *, fields: Mapping[str, str] | None, **options: Any) -> Any:
        url = self.credentials.server.rstrip("/") + path
        if fields:
            url += "?" + urlencode(fields)
        try:
            return self._pool.request(method, url, redirect=False, **options)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise KubeUnreachable(f"the Kubernetes API does not answer: {find_cause(error)}") from error


def find_cause(error: BaseException) -> str:
    """Return the first words that say something, without the address of an object in memory."""
    reason = getattr(error, "reason", None)
    return str(reason if isinstance(reason, BaseException) else error)
