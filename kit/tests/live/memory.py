"""How much memory a driver takes, measured in a process of its own."""

from __future__ import annotations

import io
import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

from kit.objectstore import Location, ObjectStore

PIECE = bytes(1024 * 1024)


class Zeros(io.RawIOBase):
    """A raw pipe of so many zeros: a read may give less than was asked for."""

    def __init__(self, size: int) -> None:
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # all it is ever given
        length = min(len(buffer), len(PIECE), self._left)
        buffer[:length] = PIECE[:length]
        self._left -= length
        return length


def measure_transfer(opener: Callable[[Location], ObjectStore], location: Location, size: int) -> int:
    """Store an object of so many bytes and read it; return by how many bytes that makes a process grow at most."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    asked = pickle.dumps((opener, location, size))
    done = subprocess.run(
        [sys.executable, __file__], input=asked, stdout=subprocess.PIPE, env=env, timeout=50, check=True
    )
    return int(done.stdout)


def transfer(opener: Callable[[Location], ObjectStore], location: Location, size: int) -> int:
    """In that process: return by how many bytes it has grown."""
    store = opener(location)
    store.ensure_bucket()
    store.put("small", b"1")
    assert store.get("small") == b"1"
    before = read_peak()
    store.put("large", cast(BinaryIO, Zeros(size)))
    length = 0
    with store.open("large") as body:
        while piece := body.read(len(PIECE)):
            length += len(piece)
    assert length == size
    return read_peak() - before


def read_peak() -> int:
    """The most bytes of memory that this process has ever had."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) * 1024


if __name__ == "__main__":
    print(transfer(*pickle.load(sys.stdin.buffer)))
