"""Takes connections until told to stop, and says so when it can't."""

from __future__ import annotations

import contextlib
import logging
import socket
import threading
from collections.abc import Iterator

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds until the next try, if none can be taken: descriptors come back as connections end."""


class Listener:
    """A listening socket, whose owner only has to say what becomes of each connection."""

    def __init__(self, listening: socket.socket) -> None:
        self.socket = listening
        self._stopped = threading.Event()

    def accept(self) -> Iterator[socket.socket]:
        """Yield connections until it is stopped."""
        while not self._stopped.is_set():
            try:
                connection, _ = self.socket.accept()
            except OSError as error:
                if not self._stopped.is_set():
                    log.error("a connection can't be taken, the next try is in %g s: %s", PAUSE, error)
                    self._stopped.wait(PAUSE)
            else:
                yield connection

    def stop(self) -> None:
        """Take no more; whoever waits for a connection is woken. Safe to call twice."""
        self._stopped.set()
        with contextlib.suppress(OSError):  # it was shut down already, or never listened
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
