"""Lines as the container runtime writes them: ``<time> <stream> <P|F> <text>``, long ones in parts.

Source: the Kubernetes project's description of the CRI log format.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 1024 * 1024
"""Bytes after which a line in parts is passed on although its end has not come."""


@dataclass(frozen=True)
class LogLine:
    """One whole line of a container, and where its first part begins and its last one ends in the file."""

    time: str
    stream: str
    text: str
    start: int
    end: int


def parse_lines(data: bytes, *, offset: int) -> Iterator[LogLine]:
    """Whole lines of a piece of a log file that begins at ``offset``; a last line without its end is left out.

    What is not in the runtime's form is skipped.
    """
    parts: list[bytes] = []
    time = stream = b""
    start = position = offset
    for raw in data.split(b"\n")[:-1]:
        begin, position = position, position + len(raw) + 1
        fields = raw.split(b" ", 3)
        if len(fields) < 3:
            continue
        if not parts:
            time, stream, start = fields[0], fields[1], begin
        parts.append(fields[3] if len(fields) > 3 else b"")
        if fields[2].startswith(b"F") or sum(map(len, parts)) >= LONGEST:
            text = b"".join(parts).decode("utf-8", "replace")
            yield LogLine(time.decode(), stream.decode(), text, start, position)
            parts = []
