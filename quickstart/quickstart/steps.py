"""Says what happens and how long it took."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Progress:
    """One line when a step begins, one when it ends; keeps the times for the summary."""

    out: TextIO = sys.stdout
    times: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str, *, about: str = "") -> Iterator[None]:
        """Announce a step; ``about`` says how long it takes the first time."""
        began = time.monotonic()
        hint = f" (the first time {about})" if about else ""
        print(f"==> {name}{hint}", file=self.out, flush=True)
        yield
        self.times[name] = time.monotonic() - began
        print(f"    {name}: {format_seconds(self.times[name])}", file=self.out, flush=True)


def format_seconds(seconds: float) -> str:
    """Such as ``3.2 s`` or ``4 min 05 s``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"
