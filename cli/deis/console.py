"""What the user sees and types: streams, prompts, and the spinner.

Source: cli specification, sections 7.3 and 7.4. The spinner's first frame goes to standard output even into
a pipe, because old scripts and their expectations know its bytes; it moves on a terminal only.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TextIO

from deis.errors import CliError

if TYPE_CHECKING:
    from threading import Event, Thread

    from deis.terminal import Address, Ending

FRAMES = ("...", "o..", ".o.", "..o")
FRAME_SECONDS = 0.4
_ERASE = "\b\b\b"
_DIRECTIONS = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
"""Characters that make a terminal show text in another order than it has."""
_CONTROLS = {
    code: None for code in (*range(32), 127, *range(0x80, 0xA0), *_DIRECTIONS) if chr(code) not in "\n\t"
}
_SEQUENCE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(\x07|\x1b\\)|[()][0-9A-Z]|[=>])")
"""What a program sends to steer a terminal: gone as a whole, so that nothing of it is left to read."""
_COLOUR = re.compile(r"(\x1b\[[0-9;:]*m)")


def neutralise(text: str) -> str:
    """Without what moves the cursor, sets titles, answers for the user or reorders: plain text and its lines."""
    return _SEQUENCE.sub("", text).translate(_CONTROLS)


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
        self.form = ""
        """``json`` or ``yaml``: text for people is left out, as the answer will be a document."""
        self._document: Any = None

    def speak(self, form: str) -> None:
        self.form = form

    def answer(self, data: Any) -> None:
        """What the command has to say, for the document that ``--output`` asks for; the last word counts."""
        self._document = data

    def answer_item(self, data: Any) -> None:
        """One of many answers, at once."""
        if self.form:
            from deis.documents import render_item

            self._emit(render_item(data, self.form))
            self._stdout.flush()

    def close_document(self) -> None:
        """Print the document, if one is asked for and there is one."""
        if self.form and self._document is not None:
            from deis.documents import render_document

            self._emit(render_document(self._document, self.form))

    def print(self, text: str = "") -> None:
        """A line; on a terminal without the control characters that a server may have put in."""
        self.write(f"{text}\n")

    def write(self, text: str) -> None:
        """Text without a newline of its own, otherwise like ``print``."""
        if not self.form:
            self._emit(text)

    def write_log(self, text: str) -> None:
        """Lines of a log; on a terminal they have colours and no other escape sequences."""
        self.write_raw(neutralise_log(text) if self._stdout.isatty() else text)

    def _emit(self, text: str) -> None:
        self._stdout.write(neutralise(text) if self._stdout.isatty() else text)

    def write_raw(self, text: str) -> None:
        """Text as it is, escape sequences included."""
        if not self.form:
            self._stdout.write(text)

    def _prompt(self, text: str) -> None:
        """Where a document is asked for, questions are no part of it."""
        if self.form:
            self.write_error(text)
        else:
            self.write(text)
            self._stdout.flush()

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
        self._prompt(prompt)
        return next(iter(self._stdin.readline().split()), "")

    def ask_secret(self, prompt: str) -> str:
        """An answer typed without echo.

        Raises:
            CliError: standard input is no terminal.
        """
        if not self._stdin.isatty():
            self._prompt(prompt)
            raise CliError("inappropriate ioctl for device: a password can be typed on a terminal only")
        with _without_echo(self._stdin):
            self._prompt(prompt)
            answer = self._stdin.readline()
        self._prompt("\n")
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

    @property
    def width(self) -> int | None:
        """Columns of the terminal that the output goes to; None if it goes elsewhere."""
        if not self.is_watched():
            return None
        try:
            return os.get_terminal_size(self._stdout.fileno()).columns or 80
        except OSError:
            return 80

    def is_watched(self) -> bool:
        """Somebody sees what is printed, as it is printed."""
        return self._stdout.isatty() and not self.form

    @contextlib.contextmanager
    def progress(self, text: str, *, spins: bool = True) -> Iterator[Progress]:
        """Show the text and a spinner behind it until the work is done; the spinner is then gone.

        Off a terminal nothing moves: what stands there are the bytes of work that takes no time.
        """
        self.write(text)
        is_begun = bool(text) and not text.endswith("\n")
        progress = Progress(self, moves=self.is_watched(), spins=spins, is_begun=is_begun)
        progress.start()
        try:
            yield progress
        finally:
            progress.stop()


class Progress:
    """Work that goes on, and what there is to say about it meanwhile.

    ``is_begun``: there is something on the line already.
    """

    def __init__(self, console: Console, *, moves: bool, spins: bool, is_begun: bool) -> None:
        self._console = console
        self._moves = moves
        self._spins = spins
        self._thread: Thread | None = None
        self._on_new_line = not is_begun

    def start(self) -> None:
        if not self._spins:
            return
        if not self._moves:
            self._console.write_raw(FRAMES[0])
            self._console.flush()
            return
        import threading

        self._done = threading.Event()
        self._thread = threading.Thread(target=self._spin, args=(self._done,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._thread:
            self._done.set()
            self._thread.join()
            self._thread = None
        elif self._spins and not self._moves:
            self._console.write_raw(_ERASE)

    def note(self, text: str) -> None:
        """A line of its own, on standard error: what programs read from standard output stays as it is."""
        if not self._console.is_watched():
            self._console.write_error(f"    {text}\n")
            return
        self.stop()
        if not self._on_new_line:
            self._console.write_raw("   \n")
            self._on_new_line = True
        self._console.write_error(f"    {text}\n")
        self.start()

    def _spin(self, done: Event) -> None:
        position = 0
        ended = False
        while not ended:
            self._console.write_raw(FRAMES[position % len(FRAMES)])
            self._console.flush()
            ended = done.wait(FRAME_SECONDS)
            self._console.write_raw(_ERASE)
            position += 1
        self._console.flush()


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
