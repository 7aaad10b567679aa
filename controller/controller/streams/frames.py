"""The messages of an interactive run: a WebSocket's binary frames, each a channel's byte and what belongs to it.

Kubernetes numbers its channels alike where both have them. Pure. For users it is told in docs/interactive-runs.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, TypeAlias

from kit.errors import InvalidInput

SUBPROTOCOL = "run.v1"

SIGNALS = frozenset({"HUP", "INT", "QUIT", "KILL", "TERM", "USR1", "USR2", "TSTP", "CONT"})
SIZE_LIMIT = 9999


class Channel(IntEnum):
    INPUT = 0
    OUTPUT = 1
    ERRORS = 2
    EXIT = 3
    RESIZE = 4
    SIGNAL = 5
    DETACH = 6
    NOTICE = 7
    CONSUMED = 8
    CLOSE = 255


class MalformedMessage(InvalidInput):
    """What the client sent is none of the messages there are."""


@dataclass(frozen=True)
class Input:
    data: bytes


@dataclass(frozen=True)
class Resize:
    columns: int
    rows: int


@dataclass(frozen=True)
class Signal:
    name: str


@dataclass(frozen=True)
class Detach:
    """Leave it running."""


@dataclass(frozen=True)
class EndOfInput:
    """No more input will come."""


Message: TypeAlias = Input | Resize | Signal | Detach | EndOfInput


@dataclass(frozen=True, kw_only=True)
class Exit:
    """How a run ended; the last message."""

    code: int
    reason: str = "exited"
    message: str = ""


def parse_message(frame: bytes | None) -> Message:
    """What a client's frame means.

    Raises:
        MalformedMessage: a text frame, an empty one, an unknown channel, or content that does not belong there.
    """
    if not frame:
        raise MalformedMessage("A message is a binary frame that begins with the byte of its channel")
    channel, content = frame[0], frame[1:]
    match channel:
        case Channel.INPUT:
            return Input(content)
        case Channel.RESIZE:
            return parse_size(content)
        case Channel.SIGNAL:
            return parse_signal(content)
        case Channel.DETACH:
            return Detach()
        case Channel.CLOSE:
            return EndOfInput()
    raise MalformedMessage(f"There is no channel {channel} for a client to send on")


def parse_size(content: bytes) -> Resize:
    """``{"columns": 80, "rows": 24}``"""
    try:
        given: Any = json.loads(content)
        size = Resize(columns=given["columns"], rows=given["rows"])
    except (ValueError, KeyError, TypeError) as error:
        raise MalformedMessage('A window\'s size is {"columns": 80, "rows": 24}') from error
    for number in (size.columns, size.rows):
        if type(number) is not int or not 0 < number <= SIZE_LIMIT:
            raise MalformedMessage(f"A window has from 1 to {SIZE_LIMIT} columns and rows")
    return size


def parse_signal(content: bytes) -> Signal:
    """``TERM`` or ``SIGTERM``"""
    name = content.decode("ascii", errors="replace").removeprefix("SIG")
    if name not in SIGNALS:
        raise MalformedMessage(f"A signal is one of {', '.join(sorted(SIGNALS))}")
    return Signal(name)


def build_frame(channel: Channel, content: bytes) -> bytes:
    return bytes((channel,)) + content


def build_exit(end: Exit) -> bytes:
    fields = {"exit_code": end.code, "reason": end.reason, "message": end.message}
    return build_frame(Channel.EXIT, json.dumps(fields).encode())


def build_notice(state: str, message: str) -> bytes:
    return build_frame(Channel.NOTICE, json.dumps({"state": state, "message": message}).encode())


def build_consumed(total: int) -> bytes:
    return build_frame(Channel.CONSUMED, str(total).encode())
