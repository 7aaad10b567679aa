"""What the pusher sees.

git sends everything that a hook prints to the client, each line after ``remote: ``. The sequence "cursor to
column 1" in front of our lines makes a terminal write over that.

Source: build specification, section 12.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from builder.stopwatch import Stopwatch

COLUMN_1 = "\x1b[1G"
MARKER = "\x1b[0;32m---> \x1b[0m"


class PusherOutput:
    """Writes to a hook's own output, whose descriptor it owns. What can't be written any more is dropped:

    a push goes on when nobody looks.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._rest = b""
        self.stopwatch = Stopwatch()

    def info(self, text: str) -> None:
        """A line of the builder's own."""
        self._write(f"{MARKER}{COLUMN_1}{text}\n".encode())

    def plain(self, text: str) -> None:
        self._write(f"{COLUMN_1}{text}\n".encode())

    def raw(self, text: str) -> None:
        """Text without a mark, such as git's own errors."""
        self._write(text.encode())

    def error(self, text: str, *, now: datetime) -> None:
        stamp = now.strftime("%Y/%m/%d %H:%M:%S")
        self._write(f"{stamp} Error running git receive hook [{text}]\n".encode())

    def log(self, chunk: bytes) -> None:
        """A piece of a container's log, cut anywhere; whole lines are written at once."""
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        if lines:
            self._write(b"".join(COLUMN_1.encode() + line + b"\n" for line in lines))

    def end_log(self) -> None:
        """Write what came after the last line's end."""
        if self._rest:
            self.log(b"\n")

    def close(self) -> None:
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1

    @contextmanager
    def progress(self, interval: float) -> Iterator[None]:
        """Write ``...`` every ``interval`` seconds within this context."""
        done = threading.Event()

        def tick() -> None:
            while not done.wait(interval):
                self.plain("...")

        thread = threading.Thread(target=tick, name="progress", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _write(self, content: bytes) -> None:
        with self._lock:
            view = memoryview(content)
            while view and self._descriptor >= 0:
                try:
                    view = view[os.write(self._descriptor, view) :]
                except OSError:
                    os.close(self._descriptor)
                    self._descriptor = -1
