"""Messages of an interactive run."""

import json

import pytest

from controller.streams.frames import (
    Channel,
    Detach,
    EndOfInput,
    Exit,
    Input,
    MalformedMessage,
    Resize,
    Signal,
    build_exit,
    build_frame,
    parse_message,
)
from controller.streams.websockets import parse_window


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (b"\x00ls\n", Input(b"ls\n")),
        (b"\x00", Input(b"")),
        (b"\x00\x00\xff", Input(b"\x00\xff")),
        (b'\x04{"columns": 120, "rows": 40}', Resize(120, 40)),
        (b"\x05TERM", Signal("TERM")),
        (b"\x05SIGHUP", Signal("HUP")),
        (b"\x06", Detach()),
        (b"\xff\x00", EndOfInput()),
    ],
)
def test_what_a_client_may_say(frame, message):
    assert parse_message(frame) == message


@pytest.mark.parametrize(
    "frame",
    [
        None,
        b"",
        b"\x01output",
        b"\x09",
        b"\x04",
        b"\x04{}",
        b"\x04[80, 24]",
        b'\x04{"columns": 0, "rows": 24}',
        b'\x04{"columns": 80.5, "rows": 24}',
        b'\x04{"columns": true, "rows": 24}',
        b'\x04{"columns": 80, "rows": 100000}',
        b"\x04\xff\xfe",
        b"\x05",
        b"\x05STOP; rm -rf /",
        b"\x05\xff",
    ],
)
def test_anything_else_is_refused_with_a_sentence(frame):
    with pytest.raises(MalformedMessage, match=r"^[A-Z].+"):
        parse_message(frame)


def test_what_the_controller_says():
    assert build_frame(Channel.OUTPUT, b"hi") == b"\x01hi"
    frame = build_exit(Exit(code=3))
    assert frame[0] == 3
    assert json.loads(frame[1:]) == {"exit_code": 3, "reason": "exited", "message": ""}


@pytest.mark.parametrize(
    ("query", "size"),
    [
        (b"", (80, 24)),
        (b"columns=120&rows=40", (120, 40)),
        (b"columns=0&rows=-1", (80, 24)),
        (b"columns=99999&rows=x", (80, 24)),
        ("columns=\u0663&rows=\u00b2".encode(), (80, 24)),
    ],
)
def test_the_window_in_the_address(query, size):
    window = parse_window(query)
    assert (window.columns, window.rows) == size
