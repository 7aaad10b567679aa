"""Lines on disk, so that a logger that is killed goes on where it was.

One file of msgpack arrays is appended to; what was cut off at its end is dropped at the next start. When it has
grown long it is written again with what is still in memory. Without a directory nothing is kept.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import msgpack

from .lines import Line, Source

log = logging.getLogger(__name__)

NAME = "lines.journal"
LONG = 64 * 1024 * 1024
"""Bytes after which it is written again, or twice of what that left."""
STORE, LINE, PLACE, DELETED = range(4)


@dataclass(frozen=True, kw_only=True)
class Place:
    """How many lines of an app's process were before; without an app: how far a file was read."""

    app: str
    name: str
    number: int


Entry = Line | Place | str
"""A string: the app of that name was forgotten."""


class Journal:
    """``read`` first, then ``add`` and ``flush``."""

    def __init__(self, directory: Path | None, *, long: int = LONG) -> None:
        self._path = directory / NAME if directory else None
        self._long = self._limit = long
        self._file: BinaryIO | None = None
        self._pending: list[bytes] = []
        self._size = 0
        self.store = uuid.uuid4().hex

    @property
    def is_long(self) -> bool:
        return self._file is not None and self._size > self._limit

    def read(self) -> Iterator[Entry]:
        """What a logger before this one left; then it is open for more."""
        if self._path is None:
            return
        good = 0
        if self._path.exists():
            with self._path.open("rb") as file:
                unpacker = msgpack.Unpacker(file, raw=False, strict_map_key=False, max_buffer_size=0)
                while (item := _take(unpacker)) is not None:
                    good = unpacker.tell()
                    if item[0] == STORE:
                        self.store = item[1]
                    else:
                        yield parse_entry(item)
        self._open(good)

    def add(self, line: Line) -> None:
        if self._file is not None:
            self._pending.append(pack_entry(line))

    def delete(self, app: str) -> None:
        if self._file is not None:
            self._pending.append(pack_entry(app))

    def flush(self) -> None:
        """Hand everything to the operating system. A disk that fails costs what it is for, not the logger."""
        if self._file is None or not self._pending:
            return
        data = b"".join(self._pending)
        self._pending.clear()
        try:
            self._file.write(data)
            self._file.flush()
            self._size += len(data)
        except OSError as error:
            self._give_up(error)

    def rewrite(self, entries: Iterable[Entry]) -> None:
        """Only these, in place of all that was."""
        assert self._path is not None
        fresh = self._path.with_suffix(".new")
        try:
            with fresh.open("wb") as file:
                file.write(msgpack.packb([STORE, self.store]))
                file.writelines(pack_entry(entry) for entry in entries)
            fresh.replace(self._path)
            self._open(self._path.stat().st_size)
        except OSError as error:
            self._give_up(error)
        self._limit = max(self._long, 2 * self._size)

    def close(self) -> None:
        self.flush()
        if self._file is not None:
            self._file.close()
        self._file = None

    def _open(self, size: int) -> None:
        """For more, after so many good bytes."""
        assert self._path is not None
        if self._file is not None:
            self._file.close()
            self._file = None
        try:
            self._file = self._path.open("ab")
            os.truncate(self._path, size)
            self._size = size
            if not size:
                self._pending.insert(0, msgpack.packb([STORE, self.store]))
                self.flush()
        except OSError as error:
            self._give_up(error)

    def _give_up(self, error: OSError) -> None:
        """The next start begins anew, rather than from the middle."""
        assert self._path is not None
        log.error("lines are not kept on disk any more: %s", error)
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
        with suppress(OSError):
            if self._file is not None:
                self._file.close()
        self._file = None


def _take(unpacker: Any) -> list[Any] | None:
    """The next item; None at the end, or where the file is no journal any more."""
    try:
        item = unpacker.unpack()
    except (msgpack.OutOfData, msgpack.UnpackException, ValueError):
        return None
    return item if isinstance(item, list) and len(item) > 1 else None


def pack_entry(entry: Entry) -> bytes:
    if isinstance(entry, str):
        item: list[Any] = [DELETED, entry]
    elif isinstance(entry, Place):
        item = [PLACE, entry.app, entry.name, entry.number]
    else:
        source = entry.source
        place = [source.file, source.offset] if source else []
        item = [LINE, entry.app, entry.process, entry.text, *place]
    packed: bytes = msgpack.packb(item)
    return packed


def parse_entry(item: list[Any]) -> Entry:
    kind, *values = item
    if kind == DELETED:
        return str(values[0])
    if kind == PLACE:
        return Place(app=values[0], name=values[1], number=values[2])
    app, process, text, *place = values
    return Line(app, text, Source(*place) if place else None, process)
