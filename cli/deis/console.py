"""What the user sees and types: streams, prompts, and the spinner.

Source: cli specification, sections 7.3 and 7.4. The spinner goes to standard output even into a
pipe, because old scripts and their expectations know its bytes.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

from deis.errors import CliError

if TYPE_CHECKING:
    from threading import Event

    from deis.terminal import Address, Ending

FRAMES = ("...", "o..", ".o.", "..o")
FRAME_SECONDS = 0.4
_ERASE = "\b\b\b"
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Characters that make a terminal show text in another order than it has."""
_CONTROLS = {
    code: None for code in (*range(32), 127, *range(0x80, 0xA0), *_DIRECTIONS) if chr(code) not in "\n\t"
}
_COLOUR = re.compile(r"(\x1b\[[0-9;:]*m)")


def neutralise(text: str) -> str:
    """Without what moves the cursor, sets titles, answers for the user or reorders: plain text and its lines."""
    return text.translate(_CONTROLS)


def neutralise_log(text: str) -> str:
    """The same, but colours stay: an app may have them in its lines."""
    parts = _COLOUR.split(text)
    return "".join(part if position % 2 else neutralise(part) for position, part in enumerate(parts))


class Console:
    """The three standard streams."""

    def __init__(self, stdin: TextIO, stdout: TextIO, stderr: TextIO) -> None:
        self._stdin = stdin
        self._stdout = stdout
        self._stderr = stderr

    def print(self, text: str = "") -> None:
        """A line; on a terminal without the control characters that a server may have put in."""
        self.write(f"{text}\n")

    def write(self, text: str) -> None:
        """Text without a newline of its own, otherwise like ``print``."""
        self.write_raw(neutralise(text) if self._stdout.isatty() else text)

    def write_log(self, text: str) -> None:
        """Lines of a log; on a terminal they have colours and no other escape sequences."""
        self.write_raw(neutralise_log(text) if self._stdout.isatty() else text)

    def write_raw(self, text: str) -> None:
        """Text as it is, escape sequences included."""
        self._stdout.write(text)

    def write_error(self, text: str) -> None:
        self.write_error_raw(neutralise(text) if self._stderr.isatty() else text)

    def write_error_raw(self, text: str) -> None:
        """Text as it is; what was printed before stands before it."""
        self._stdout.flush()
        self._stderr.write(text)
        self._stderr.flush()

    def flush(self) -> None:
        self._stdout.flush()

    def ask(self, prompt: str) -> str:
        """The first word of the answer; nothing and the end of input are the empty string."""
        self.write(prompt)
        self._stdout.flush()
        return next(iter(self._stdin.readline().split()), "")

    def ask_secret(self, prompt: str) -> str:
        """An answer typed without echo.

        Raises:
            CliError: standard input is no terminal.
        """
        if not self._stdin.isatty():
            self.write(prompt)
            raise CliError("inappropriate ioctl for device: a password can be typed on a terminal only")
        with _without_echo(self._stdin):
            self.write(prompt)
            self._stdout.flush()
            answer = self._stdin.readline()
        self.print()
        return answer.rstrip("\r\n")

    def confirm(self, question: str) -> bool:
        """Only ``y`` and ``Y`` mean yes."""
        return self.ask(question) in ("y", "Y")

    def is_terminal(self) -> bool:
        """Somebody sits in front of both standard input and output, at a terminal that can be put in raw mode."""
        return os.name == "posix" and self._stdin.isatty() and self._stdout.isatty()

    def join(self, address: Address) -> Ending:
        """Join the terminal to that of an interactive run, until the run ends."""
        from deis.terminal import join

        self.flush()
        return join(address, stdin=self._stdin.fileno(), stdout=self._stdout.fileno())

    def is_pipe_in(self) -> bool:
        """Standard input is a pipe or a file. A terminal is not, and ``/dev/null`` is not."""
        return not _is_character_device(self._stdin)

    def is_pipe_out(self) -> bool:
        """The same question for standard output."""
        return not _is_character_device(self._stdout)

    def read_all(self) -> str:
        """All of standard input, line ends untouched."""
        with open(
            self._stdin.fileno(), encoding="utf-8", errors="surrogateescape", newline="", closefd=False
        ) as stream:
            return stream.read()

    @contextlib.contextmanager
    def progress(self, text: str) -> Iterator[None]:
        """Show the text and a spinner behind it until the work is done; the spinner is then gone."""
        import threading

        self.write(text)
        done = threading.Event()
        spinner = threading.Thread(target=self._spin, args=(done,), daemon=True)
        spinner.start()
        try:
            yield
        finally:
            done.set()
            spinner.join()

    def _spin(self, done: Event) -> None:
        position = 0
        ended = False
        while not ended:
            self.write_raw(FRAMES[position % len(FRAMES)])
            self._stdout.flush()
            ended = done.wait(FRAME_SECONDS)
            self.write_raw(_ERASE)
            position += 1
        self._stdout.flush()


def _is_character_device(stream: TextIO) -> bool:
    try:
        return stat.S_ISCHR(os.fstat(stream.fileno()).st_mode)
    except (OSError, ValueError):
        return False


@contextlib.contextmanager
def _without_echo(stream: TextIO) -> Iterator[None]:
    import termios

    descriptor = stream.fileno()
    before = termios.tcgetattr(descriptor)
    silent = termios.tcgetattr(descriptor)
    silent[3] &= ~termios.ECHO
    termios.tcsetattr(descriptor, termios.TCSAFLUSH, silent)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, before)
