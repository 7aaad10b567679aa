"""Prompts and the spinner, on real pipes and a real pseudo-terminal."""

from __future__ import annotations

import io
import os
import re
import termios
import threading
from collections.abc import Iterator
from typing import TextIO

import pytest

from deis.console import Console
from deis.errors import CliError


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    ours, theirs = os.openpty()
    with os.fdopen(theirs, "r", encoding="utf-8") as stream:
        yield ours, stream
    os.close(ours)


def test_the_spinner_erases_itself() -> None:
    out = io.StringIO()
    console = Console(io.StringIO(), out, io.StringIO())
    with console.progress("Creating build... "):
        pass
    console.print("done")
    assert out.getvalue() == "Creating build... ...\b\b\bdone\n"


def test_what_was_printed_stays_if_the_work_fails() -> None:
    out = io.StringIO()
    console = Console(io.StringIO(), out, io.StringIO())
    with pytest.raises(CliError), console.progress("Removing y from a1... "):
        raise CliError("no")
    assert re.sub(".{3}\b{3}", "", out.getvalue()) == "Removing y from a1... "


@pytest.mark.parametrize(("typed", "answer"), [("  bob smith\n", "bob"), ("\n", ""), ("", "")])
def test_an_answer_is_one_word(typed: str, answer: str) -> None:
    out = io.StringIO()
    assert Console(io.StringIO(typed), out, io.StringIO()).ask("username: ") == answer
    assert out.getvalue() == "username: "


def test_a_password_is_read_without_echo(terminal: tuple[int, TextIO]) -> None:
    ours, stream = terminal
    out = io.StringIO()
    typist = threading.Thread(target=_type_once_echo_is_off, args=(ours, stream.fileno()))
    typist.start()
    assert Console(stream, out, io.StringIO()).ask_secret("password: ") == "se cret"
    typist.join()
    assert out.getvalue() == "password: \n"
    assert termios.tcgetattr(stream.fileno())[3] & termios.ECHO


def _type_once_echo_is_off(ours: int, theirs: int) -> None:
    while termios.tcgetattr(theirs)[3] & termios.ECHO:
        os.sched_yield()
    os.write(ours, b"se cret\n")


def test_a_password_needs_a_terminal() -> None:
    with pytest.raises(CliError, match="inappropriate ioctl for device"):
        Console(io.StringIO("x\n"), io.StringIO(), io.StringIO()).ask_secret("password: ")


def test_a_servers_escape_sequences_do_not_reach_a_terminal(terminal: tuple[int, TextIO]) -> None:
    ours, stream = terminal
    with os.fdopen(os.dup(stream.fileno()), "w", encoding="utf-8") as out:
        Console(io.StringIO(), out, io.StringIO()).print("a\x1b]0;title\x07\tb")
        out.flush()
        assert os.read(ours, 100).replace(b" ", b"") in (b"a\tb\r\n", b"ab\r\n")


def test_dev_null_is_no_pipe() -> None:
    with open(os.devnull, encoding="utf-8") as null:
        assert not Console(null, io.StringIO(), io.StringIO()).is_pipe_in()
