"""What a pre-receive hook is told: which refs are to move, and to which objects.

Source: build specification, 5.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from builder.errors import ReceiveError

SHORT = 8
_OBJECT_ID = re.compile(r"[\da-f]{40}")


@dataclass(frozen=True)
class ObjectId:
    full: str

    @property
    def short(self) -> str:
        return self.full[:SHORT]


@dataclass(frozen=True, kw_only=True)
class RefUpdate:
    old: str
    new: str
    ref: str


def parse_object_id(text: str) -> ObjectId:
    """Raise ``ReceiveError`` unless ``text`` is a full object id."""
    if not _OBJECT_ID.fullmatch(text):
        raise ReceiveError(f"git sha {text} was invalid")
    return ObjectId(text)


def parse_ref_line(line: str) -> RefUpdate:
    """Raise ``ReceiveError`` unless ``line`` has exactly three fields."""
    fields = line.split(" ")
    if len(fields) != 3:
        raise ReceiveError(f"reading STDIN (malformed line [{line}])")
    return RefUpdate(old=fields[0], new=fields[1], ref=fields[2])


def parse_ref_lines(text: str) -> list[RefUpdate]:
    return [parse_ref_line(line) for line in text.splitlines()]
