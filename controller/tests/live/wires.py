"""A line to a server that tests can cut, while the server itself goes on for everybody else."""

from __future__ import annotations

import contextlib
import copy
import selectors
import socket
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit


class Wire:
    """Forwards connections to one address; while it is cut, all are dropped and new ones closed at once."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._cut_until = 0.0
        self.port: int = self._listener.getsockname()[1]
        self.refused = 0

    def __enter__(self) -> Wire:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self._drop()

    def cut(self, seconds: float) -> None:
        self._cut_until = time.monotonic() + seconds
        self._drop()

    def mend(self) -> None:
        self._cut_until = 0.0

    def _drop(self) -> None:
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if time.monotonic() < self._cut_until:
                    self.refused += 1
                    client.close()
                    continue
                threading.Thread(target=self._forward, args=(client,), daemon=True).start()

    def _forward(self, client: socket.socket) -> None:
        with client, socket.create_connection(self._target) as server:
            ends = {client: server, server: client}
            with self._lock:
                self._open |= set(ends)
            try:
                with selectors.DefaultSelector() as ready:
                    for end in ends:
                        ready.register(end, selectors.EVENT_READ)
                    while self._pass_on(ready, ends):
                        pass
            finally:
                with self._lock:
                    self._open -= set(ends)

    def _pass_on(self, ready: selectors.BaseSelector, ends: dict[socket.socket, socket.socket]) -> bool:
        with contextlib.suppress(OSError):
            for key, _ in ready.select():
                end = next(end for end in ends if end.fileno() == key.fd)
                data = end.recv(65536)
                if not data:
                    return False
                ends[end].sendall(data)
            return True
        return False


def lay_wire(config: Mapping[str, Any]) -> tuple[Wire, dict[str, Any]]:
    """A line to the API server that a kubeconfig names, and the kubeconfig that goes by it."""
    routed = copy.deepcopy(dict(config))
    cluster = routed["clusters"][0]["cluster"]
    address = urlsplit(cluster["server"])
    line = Wire(address.hostname or "", address.port or 443)
    cluster |= {"server": f"https://127.0.0.1:{line.port}", "tls-server-name": address.hostname}
    return line, routed
