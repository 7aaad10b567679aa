"""What every store can do."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol, TypeAlias

OCTETS = "application/octet-stream"

PUT_HEADERS: Mapping[str, str] = {"x-ms-blob-type": "BlockBlob"}
"""Headers to send with every PUT to a presigned address: Azure asks for it, the others do not mind."""

PART_SIZE = 8 * 1024 * 1024
"""Of this size are the parts of an upload or download, of which few are in memory at a time."""

Errors: TypeAlias = Callable[[], AbstractContextManager[None]]
"""Gives what turns a client library's errors into ours, for as long as it is entered."""


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long a store is asked that does not answer, is slow or fails, until that is told."""

    connect: float = 5.0
    """Seconds for a connection."""
    silence: float = 30.0
    """Seconds without a byte, on a connection that is there."""
    attempts: int = 6
    """Requests in place of one, the first included; the pauses between them double."""
    pause: float = 0.5
    """Seconds before the second attempt."""

    @property
    def pauses(self) -> float:
        """Seconds of all pauses together."""
        return self.pause * (2.0 ** (self.attempts - 1) - 1)

    @property
    def deadline(self) -> float:
        """Seconds after which nothing is tried again, however the store fails."""
        return self.attempts * (self.connect + self.silence) + self.pauses


PATIENCE = Patience()


@dataclass(frozen=True)
class ObjectInfo:
    key: str
    size: int
    modified: datetime


class ObjectStore(Protocol):
    """One bucket. Safe to share between threads.

    What fails is tried again for as long as ``Patience`` says, and of what goes in parts only the part that failed.
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
    """A readable file over a store's own way to read."""

    def __init__(self, read: Callable[[int], bytes], errors: Errors) -> None:
        self._read = read
        self._errors = errors
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # all it is ever given
        if not self._rest:
            with self._errors():
                self._rest = self._read(len(buffer))
        piece, self._rest = self._rest[: len(buffer)], self._rest[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)


def open_body(read: Callable[[int], bytes], errors: Errors) -> BinaryIO:
    """Return a buffered file; ``read`` gives up to so many bytes (or more), and none at the end."""
    return io.BufferedReader(Body(read, errors), buffer_size=256 * 1024)


class Source(io.RawIOBase):
    """A file or pipe as clients want it: it begins where the other one stands, and gives all that it is asked for.

    A raw pipe gives what it has; some clients take less than a part for the end, or read all the rest at once.
    """

    def __init__(self, body: BinaryIO) -> None:
        self._body = body
        self._origin = body.tell() if body.seekable() else 0
        self._position = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        pieces: list[bytes] = []
        left = size
        while left and (piece := self._body.read(left)):
            pieces.append(piece)
            left -= len(piece) if size >= 0 else 0
        content = b"".join(pieces)
        self._position += len(content)
        return content

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go back after a failed part; a pipe can not."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("seek")
        self._body.seek(self._origin + offset)
        self._position = offset
        return offset


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
