"""Reads a container's log files from where the last acknowledged line ended."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from .containers import Container
from .lines import parse_lines

PIECE = 512 * 1024
"""Bytes read at a time; more than any line in parts may have before it is passed on."""
LOG_FILE = re.compile(r"^(\d+)\.log(?:\.(\d{8}-\d{6}))?$")
FIRST_TIME = 64
"""Bytes that hold the time of a file's first line."""
Record = dict[str, Any]


@dataclass(frozen=True)
class Piece:
    """Records of one piece of one file, and the offset once they are acknowledged."""

    key: str
    records: list[Record]
    offset: int
    more: bool
    """Whether there was more to read than one piece."""


def list_files(directory: Path) -> list[Path]:
    """A container's log files, oldest first: by restart, rotated ones before the one being written.

    Compressed ones have been read before they were compressed, and are left out.
    """
    found = []
    for path in directory.iterdir() if directory.is_dir() else ():
        match = LOG_FILE.match(path.name)
        if match:
            found.append((int(match.group(1)), match.group(2) or "~", path))
    return [path for _, _, path in sorted(found)]


def read_piece(container: Container, path: Path, offset_of: dict[str, int]) -> Piece | None:
    """What the file has beyond its acknowledged offset; None if there is no whole line, or no file any more."""
    try:
        with path.open("rb") as file:
            key = build_key(container, file)
            begin = offset_of.get(key, 0)
            file.seek(begin)
            data = file.read(PIECE)
    except FileNotFoundError:
        return None
    lines = list(parse_lines(data, offset=begin))
    if lines:
        end = lines[-1].end
    elif len(data) == PIECE:
        end = begin + PIECE  # not one line in so much: this is no log of the runtime's
    else:
        return None
    records = [build_record(container, key, line) for line in lines if container.wants(line.text)]
    return Piece(key, records, end, more=len(data) == PIECE)


def build_key(container: Container, file: BinaryIO) -> str:
    """Names one file of a container, also once it was renamed.

    The number alone would not do: the file of the next rotation may get that of one just deleted.
    """
    begun_at = file.read(FIRST_TIME).partition(b" ")[0].decode("ascii", "replace")
    return f"{container.key}/{os.fstat(file.fileno()).st_ino}/{begun_at}"


def build_record(container: Container, key: str, line: Any) -> Record:
    """Source: platform specification, 3.3; ``source`` numbers the line."""
    return {
        "log": f"{line.text}\n",
        "stream": line.stream,
        "time": line.time,
        "kubernetes": container.metadata,
        "source": {"file": key, "offset": line.start, "length": line.end - line.start},
    }
