"""Where a push's time went."""

from __future__ import annotations

import time
from collections.abc import Callable

SHORTEST = 0.5
"""Seconds; a phase that was over sooner is not worth a word."""


class Stopwatch:
    """Seconds of a push by phase; one ends when the next begins."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begins: list[tuple[str, float]] = []

    def begin(self, phase: str) -> None:
        self._begins.append((phase, self._clock()))

    def render(self) -> str:
        """``Took 14 s: 3 s waiting for the build pod, 8 s building, 3 s launching``."""
        if not self._begins:
            return "Took 0 s"
        now = self._clock()
        ends = [begin for _, begin in self._begins[1:]] + [now]
        lengths = [(phase, end - begin) for (phase, begin), end in zip(self._begins, ends, strict=True)]
        told = ", ".join(f"{seconds:.0f} s {phase}" for phase, seconds in lengths if seconds >= SHORTEST)
        total = f"Took {now - self._begins[0][1]:.0f} s"
        return f"{total}: {told}" if told else total
