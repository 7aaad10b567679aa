"""Lines that say what is being done and how long it took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(message: str) -> None:
    """One line for the person who waits."""
    print(message, flush=True)


@contextmanager
def step(what: str, *, note: str = "") -> Iterator[None]:
    """Announce a long step, and its duration once it has ended well."""
    print(f"{what}{f' ({note})' if note else ''} ...", end="", flush=True)
    begun = time.monotonic()
    try:
        yield
    except BaseException:
        print(f" failed after {render_duration(time.monotonic() - begun)}", flush=True)
        raise
    print(f" {render_duration(time.monotonic() - begun)}", flush=True)


def render_duration(seconds: float) -> str:
    """``0.4s``, ``12s`` or ``5m48s``."""
    if seconds < 10:
        return f"{seconds:.1f}s"
    whole = round(seconds)
    return f"{whole}s" if whole < 60 else f"{whole // 60}m{whole % 60:02d}s"
