"""WebSockets to the API server: a pod's terminal, a pod's changes, a program beside it. None needs a thread.

Attach and exec speak ``v5.channel.k8s.io``, in which standard input can be ended alone; older API servers ``v4``.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal
from urllib.parse import urlencode

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Origin, Subprotocol

from controller.cluster.answers import action
from kit.kube import PODS, KubeUnreachable, Manifest
from kit.kube.credentials import Credentials
from kit.kube.errors import build_error
from kit.kube.resources import build_path

log = logging.getLogger(__name__)

V5 = Subprotocol("v5.channel.k8s.io")
V4 = Subprotocol("v4.channel.k8s.io")
INPUT, OUTPUT, ERRORS, STATUS, RESIZE, CLOSE = 0, 1, 2, 3, 4, 255

OPEN_SECONDS = 10.0
CLOSE_SECONDS = 2.0
PING_SECONDS = 20.0
PONG_SECONDS = 40.0
MESSAGE_LIMIT = 4 * 1024 * 1024

Query = list[tuple[str, str]]


class PodStream:
    """What a container says and hears."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[tuple[int, bytes]]:
        """Channel and bytes, until the container ends or the connection breaks."""
        try:
            async for message in self._connection:
                data = message if isinstance(message, bytes) else message.encode()
                if len(data) > 1:
                    yield data[0], data[1:]
        except ConnectionClosed:
            return

    async def write(self, data: bytes) -> None:
        """Return once it is on its way. What a closed connection does not take is lost with it."""
        await self._send(INPUT, data)

    async def resize(self, *, columns: int, rows: int) -> None:
        await self._send(RESIZE, orjson.dumps({"Width": columns, "Height": rows}))

    async def end_input(self) -> None:
        if self._connection.subprotocol == V5:
            await self._send(CLOSE, bytes((INPUT,)))

    async def _send(self, channel: int, data: bytes) -> None:
        try:
            await self._connection.send(bytes((channel,)) + data)
        except ConnectionClosed:
            log.debug("a container's stream is closed")


class PodSockets:
    """Opens them with the credentials of the client."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    @asynccontextmanager
    async def attach(
        self, namespace: str, pod: str, *, container: str, tty: bool
    ) -> AsyncIterator[PodStream]:
        """The container's own streams.

        Raises:
            ClusterError: it can't be attached to.
        """
        query = [("container", container), ("stdin", "true"), ("stdout", "true"), *_choose_output(tty)]
        with action(f'get the terminal of Pod "{pod}" in Namespace "{namespace}"'):
            connection = await self._open(namespace, pod, "attach", query)
        try:
            yield PodStream(connection)
        finally:
            await connection.close()

    async def execute(
        self, namespace: str, pod: str, *, container: str, command: tuple[str, ...]
    ) -> tuple[bool, str]:
        """Run a program beside the container's own: whether it succeeded, and what it said.

        Raises:
            ClusterError: it could not be started.
        """
        query = [("container", container), ("stdout", "true"), ("stderr", "true")]
        query += [("command", word) for word in command]
        with action(f'get a program to run in Pod "{pod}" in Namespace "{namespace}"'):
            connection = await self._open(namespace, pod, "exec", query)
        said, succeeded = b"", False
        try:
            async for channel, data in PodStream(connection):
                if channel == STATUS:
                    status: Any = orjson.loads(data)
                    succeeded = status.get("status") == "Success"
                    said += b"" if succeeded else str(status.get("message", "")).encode()
                else:
                    said += data
        finally:
            await connection.close()
        return succeeded, " ".join(said.decode(errors="replace").split())

    async def watch(self, namespace: str, pod: str, *, version: str) -> AsyncGenerator[Manifest | None, None]:
        """The pod after each change since ``version``; None when it is gone. It ends with the connection.

        Raises:
            ClusterError: it can't be watched.
        """
        query = [("watch", "true"), ("fieldSelector", f"metadata.name={pod}"), ("resourceVersion", version)]
        with action(f'get changes of Pod "{pod}" in Namespace "{namespace}"'):
            connection = await self._connect(build_path(PODS, namespace=namespace), query)
        try:
            async for message in connection:
                event: dict[str, Any] = orjson.loads(message)
                if event["type"] in ("ADDED", "MODIFIED"):
                    yield event["object"]
                elif event["type"] == "DELETED":
                    yield None
                elif event["type"] == "ERROR":
                    return
        except ConnectionClosed:
            return
        finally:
            await connection.close()

    async def _open(
        self, namespace: str, pod: str, what: Literal["attach", "exec"], query: Query
    ) -> ClientConnection:
        path = build_path(PODS, namespace=namespace, name=pod, subresource=what)
        return await self._connect(path, query, subprotocols=[V5, V4])

    async def _connect(
        self, path: str, query: Query, *, subprotocols: list[Subprotocol] | None = None
    ) -> ClientConnection:
        credentials = self._credentials
        server = credentials.server.rstrip("/")
        authorization = credentials.authorization()
        options: dict[str, Any] = {"ssl": credentials.ssl_context} if server.startswith("https") else {}
        if credentials.server_name:
            options["server_hostname"] = credentials.server_name
        try:
            return await connect(
                f"ws{server.removeprefix('http')}{path}?{urlencode(query)}",
                subprotocols=subprotocols,
                origin=Origin(server),  # a watch over a WebSocket insists on one
                additional_headers={"Authorization": authorization} if authorization else None,
                user_agent_header="deis",
                proxy=None,
                compression=None,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                ping_interval=PING_SECONDS,
                ping_timeout=PONG_SECONDS,
                max_size=MESSAGE_LIMIT,
                **options,
            )
        except InvalidStatus as error:
            raise build_error(error.response.status_code, bytes(error.response.body or b"")) from error
        except (OSError, TimeoutError, WebSocketException) as error:
            raise KubeUnreachable(f"the Kubernetes API does not answer: {error}") from error


def _choose_output(tty: bool) -> Query:
    """A terminal has one stream for both."""
    return [("tty", "true")] if tty else [("stderr", "true")]
