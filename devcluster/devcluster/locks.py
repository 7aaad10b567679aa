"""Keeping two runs apart."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devcluster.progress import say


@contextmanager
def lock_held(path: Path, *, purpose: str) -> Iterator[None]:
    """Hold the lock; wait for it, and say for whom, while another process has it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    with open(descriptor, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = file.read().strip() or "another process"
            say(f"waiting for {holder} to finish")
            fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        file.truncate()
        file.write(f"`devcluster {purpose}` (process {os.getpid()})")
        file.flush()
        yield
        file.seek(0)
        file.truncate()
