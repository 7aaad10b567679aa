"""The newest lines of each app, in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque

from .lines import Line

SOURCES = 10_000
"""Files whose last offset is remembered; the longest unused are forgotten first."""


class Buffers:
    """One ring a app. A line that came before (same file, same place) is not kept again. Safe between threads."""

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._rings: dict[str, deque[str]] = {}
        self._seen: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def write(self, line: Line) -> bool:
        """Keep a line; False if it was a repeat."""
        with self._lock:
            if line.source and not self._is_new(line.source.file, line.source.offset):
                return False
            ring = self._rings.get(line.app)
            if ring is None:
                ring = self._rings[line.app] = deque(maxlen=self._lines)
            ring.append(line.text)
            return True

    def read(self, app: str, count: int) -> list[str] | None:
        """The newest ``count`` lines, oldest first; None if there are none."""
        with self._lock:
            ring = self._rings.get(app)
            if not ring or count <= 0:
                return None
            return list(ring)[-count:]

    def delete(self, app: str) -> None:
        with self._lock:
            self._rings.pop(app, None)

    def _is_new(self, file: str, offset: int) -> bool:
        if offset <= self._seen.get(file, -1):
            return False
        self._seen[file] = offset
        self._seen.move_to_end(file)
        if len(self._seen) > SOURCES:
            self._seen.popitem(last=False)
        return True
