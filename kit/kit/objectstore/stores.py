"""What every store can do."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol

OCTETS = "application/octet-stream"

PUT_HEADERS: Mapping[str, str] = {"x-ms-blob-type": "BlockBlob"}
"""Headers to send with every PUT to a presigned address: Azure asks for it, the others do not mind."""

PART_SIZE = 16 * 1024 * 1024
"""What is held in memory of a streamed upload."""


@dataclass(frozen=True)
class ObjectInfo:
    key: str
    size: int
    modified: datetime


class ObjectStore(Protocol):
    """One bucket. Safe to share between threads.

    Every method but ``presign_*`` raises ``StoreUnavailable`` (``StoreRefused`` for credentials). A prefix
    is a plain beginning of keys. Presigned addresses hold for ``expires`` seconds, a week at most; whoever
    has one needs no credential, and a PUT to one sends ``PUT_HEADERS``.
    """

    def ensure_bucket(self) -> None:
        """Make the bucket if it is not there."""

    def put(self, key: str, body: BinaryIO | bytes, *, content_type: str = OCTETS) -> None:
        """Store from the body's present position to its end. The object appears whole or not at all."""

    def get(self, key: str) -> bytes:
        """Raises ``ObjectNotFound``."""

    def open(self, key: str) -> AbstractContextManager[BinaryIO]:
        """Read an object as it comes. Raises ``ObjectNotFound``; an object cut short is ``StoreUnavailable``."""

    def exists(self, key: str) -> bool: ...

    def delete(self, key: str) -> None:
        """A missing object is fine."""

    def delete_prefix(self, prefix: str) -> int:
        """Delete all whose key begins so; return how many. An empty prefix is refused."""

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        """All whose key begins so, in the order of their keys."""

    def presign_get(self, key: str, *, expires: float) -> str: ...

    def presign_put(self, key: str, *, expires: float) -> str: ...


class Body(io.RawIOBase):
    """A readable file over a store's own way to read, with its errors turned into ours."""

    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # all it is ever given
        if not self._rest:
            self._rest = self._read(len(buffer))
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def open_body(read: Callable[[int], bytes]) -> BinaryIO:
    """Return a buffered file; ``read`` gives up to so many bytes (or more), and none at the end."""
    return io.BufferedReader(Body(read), buffer_size=256 * 1024)


def check_prefix(prefix: str) -> None:
    if not prefix:
        raise ValueError("deleting by an empty prefix would empty the bucket")


def measure(body: BinaryIO) -> int | None:
    """Return how many bytes are left in a file, or None if it can not be told."""
    if not body.seekable():
        return None
    here = body.tell()
    end = body.seek(0, io.SEEK_END)
    body.seek(here)
    return end - here
