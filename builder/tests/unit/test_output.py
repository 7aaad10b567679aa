from __future__ import annotations

import os
import threading
from datetime import datetime

import pytest

from builder.output import PusherOutput


@pytest.fixture
def pipe():
    read, write = os.pipe()
    output = PusherOutput(write)

    def read_all() -> bytes:
        output.close()
        return os.read(read, 1 << 16)

    yield output, read_all
    output.close()
    os.close(read)


def test_a_line_of_the_builders_own(pipe):
    output, read = pipe
    output.info("Build complete.")
    assert read() == b"\x1b[0;32m---> \x1b[0m\x1b[1GBuild complete.\n"


def test_log_lines_are_whole_however_they_come(pipe):
    output, read = pipe
    for piece in (b"one\ntw", b"o", b"\n", b"three"):
        output.log(piece)
    output.end_log()
    assert read() == b"\x1b[1Gone\n\x1b[1Gtwo\n\x1b[1Gthree\n"


def test_errors_have_a_time(pipe):
    output, read = pipe
    output.error("boom", now=datetime(2017, 9, 7, 12, 0, 0))  # noqa: DTZ001 -- local time, as the original wrote it
    assert read() == b"2017/09/07 12:00:00 Error running git receive hook [boom]\n"


def test_progress(pipe):
    output, read = pipe
    with output.progress(0.01):
        threading.Event().wait(0.2)
    assert read().startswith(b"\x1b[1G...\n\x1b[1G...\n")


def test_nobody_reads_any_more():
    read, write = os.pipe()
    os.close(read)
    output = PusherOutput(write)
    output.info("lost")
    output.info("lost too")
    output.close()
