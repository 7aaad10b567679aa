"""A TCP proxy in front of a real server: it delays, stalls, cuts and refuses as a test asks it to."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CHUNK = 64 * 1024
RESET = struct.pack("ii", 1, 0)
"""Closing with bytes unsent is a reset, not an orderly end."""


@dataclass
class Faults:
    """What happens to connections from now on, and what has happened since."""

    delay: float = 0.0
    """Seconds that each piece is held back, either way."""
    stalled: bool = False
    """Connections are accepted, and nothing passes."""
    resets: int = 0
    """So many pieces to the server are not passed: their connection is reset."""
    cuts_up: list[int] = field(default_factory=list)
    """A connection is reset when so many bytes have passed to the server, over all connections."""
    cuts_down: list[int] = field(default_factory=list)
    connections: int = 0
    up: int = 0
    """Bytes that have passed to the server."""
    down: int = 0

    def count_up(self, size: int) -> bool:
        """True if this is where the connection is to be cut."""
        self.up += size
        return self._take(self.cuts_up, self.up)

    def count_down(self, size: int) -> bool:
        self.down += size
        return self._take(self.cuts_down, self.down)

    @staticmethod
    def _take(cuts: list[int], passed: int) -> bool:
        if cuts and passed >= cuts[0]:
            del cuts[0]
            return True
        return False


class FaultyProxy:
    def __init__(self, port: int, *, target: int) -> None:
        self.faults = Faults()
        self._target = target
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", port))

    @contextmanager
    def running(self) -> Iterator[FaultyProxy]:
        thread = threading.Thread(target=self._accept, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stopped.set()
            self._listener.shutdown(socket.SHUT_RDWR)
            thread.join(10)
            self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):  # the listener is shut
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with self._lock:
            self.faults.connections += 1
        server = self._connect()
        if server is None:
            reset(client)
            return
        back = threading.Thread(target=self._pass, args=(server, client), kwargs={"up": False}, daemon=True)
        back.start()
        self._pass(client, server, up=True)
        back.join()
        client.close()
        server.close()

    def _connect(self) -> socket.socket | None:
        try:
            return socket.create_connection(("127.0.0.1", self._target))
        except OSError:
            return None

    def _pass(self, source: socket.socket, sink: socket.socket, *, up: bool) -> None:
        with suppress(OSError):
            while piece := source.recv(CHUNK):
                self._hold()
                if (up and self._is_reset()) or self._is_cut_after(piece, sink, up=up):
                    reset(source)
                    reset(sink)
                    return
            sink.shutdown(socket.SHUT_WR)

    def _is_cut_after(self, piece: bytes, sink: socket.socket, *, up: bool) -> bool:
        """Pass a piece; true if it is the last that passes."""
        sink.sendall(piece)
        with self._lock:
            return self.faults.count_up(len(piece)) if up else self.faults.count_down(len(piece))

    def _is_reset(self) -> bool:
        with self._lock:
            due = self.faults.resets > 0
            self.faults.resets -= due
        return due

    def _hold(self) -> None:
        """Keep a piece back for as long as the faults say."""
        self._stopped.wait(self.faults.delay)
        while self.faults.stalled and not self._stopped.wait(0.05):
            pass


def reset(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
