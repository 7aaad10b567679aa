"""nginx's worker processes, as the kernel lists them."""

from __future__ import annotations

from pathlib import Path

PROC = Path("/proc")
DRAINING = b"is shutting down"


def list_workers(master: int) -> set[int]:
    """Return the processes that nginx's master has started and that still run."""
    try:
        text = (PROC / str(master) / "task" / str(master) / "children").read_text()
    except OSError:
        return set()
    return {int(pid) for pid in text.split()}


def is_serving(worker: int) -> bool:
    """Say whether a worker still takes connections. One that drains says so in its title."""
    try:
        title = (PROC / str(worker) / "cmdline").read_bytes()
    except OSError:
        return False
    return bool(title) and DRAINING not in title
