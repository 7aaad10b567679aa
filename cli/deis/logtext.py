"""Log lines as they are shown: a colour for each process.

Source: cli specification, section 10.5, for what goes into a pipe.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_INFO_COLOUR = 5
_PROCESS_COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
_LINE = re.compile(r"(\S+) ([^\s\[\]]+)\[([^\]]*)\]: ?(.*)", re.DOTALL)


class LogLine(NamedTuple):
    """One line of an app's log; without time and process if it has another form."""

    time: str | None
    process: str | None
    """``web.v2.nzf60``; ``controller`` and the like for the platform's own."""
    text: str


def parse_line(line: str) -> LogLine:
    match = _LINE.fullmatch(line)
    if match is None:
        return LogLine(None, None, line)
    return LogLine(match[1], match[3], match[4])


class Painter:
    """Gives each process a colour of its own, in the order in which they speak."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours
        self._chosen: dict[str, int] = {}

    def render(self, line: str) -> str:
        """The line with what stands before its text in its process's colour."""
        process = parse_line(line).process
        if not self._colours or process is None:
            return f"{line}\n"
        code = self._chosen.setdefault(process, _PROCESS_COLOURS[len(self._chosen) % len(_PROCESS_COLOURS)])
        head, colon, text = line.partition("]: ")
        end = "\x1b[0m" if "\x1b" in text else ""
        return f"\x1b[{code}m{head}{colon}\x1b[0m{text}{end}\n"


def split_log(text: str) -> list[str]:
    r"""The parts of the log; old controllers send the two characters ``\n`` for a line end."""
    while text.endswith("\\n"):
        text = text[:-2]
    return [line for part in text.split("\\n") for line in part.removesuffix("\n").split("\n")]


def choose_colour(line: str) -> int:
    """The last digit of the escape sequence, from the first word before ``␣--␣``."""
    head = line.partition(" -- ")[0].split()
    category = head[0] if head else ""
    if category == "INFO":
        return _INFO_COLOUR
    colour = sum(category.encode("utf-8", "surrogateescape")) % 256 % 6 + 1
    return 9 if colour == _INFO_COLOUR else colour


def render_line(line: str, *, colours: bool) -> str:
    return f"\x1b[3{choose_colour(line)}m{line}\x1b[0m\n" if colours else f"{line}\n"
