"""The lines that the pusher reads. ``ESC[1G`` moves a terminal's cursor over git's own ``remote: ``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TextIO

START_OF_LINE = "\x1b[1G"


def format_title(text: str) -> str:
    return f"{START_OF_LINE}-----> {text}"


def format_line(text: str) -> str:
    return f"{START_OF_LINE}       {text}"


def format_compiled(line: str) -> str:
    """A line of a buildpack's compile: its own titles stay, everything else is indented."""
    text = line.strip()
    return f"{START_OF_LINE}{text}" if text.startswith("--") else format_line(text)


def format_size(size: int) -> str:
    """Bytes as ``du -h`` writes them: ``512``, ``1.7M``, ``84M``; rounded up, a digit after the point below ten."""
    value = float(size)
    for unit in ("", "K", "M", "G", "T"):
        if value < 1024 or unit == "T":
            break
        value /= 1024
    if not unit:
        return str(size)
    rounded = -(-value * 10 // 1) / 10 if value < 10 else float(-(-value // 1))
    return f"{rounded:.1f}{unit}" if rounded < 10 else f"{rounded:.0f}{unit}"


class Output:
    """Writes titles and lines as they happen."""

    def __init__(self, out: TextIO) -> None:
        self.out = out

    def title(self, text: str) -> None:
        self.write(format_title(text))

    def line(self, text: str) -> None:
        self.write(format_line(text))

    def compiled(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.write(format_compiled(line))

    def write(self, text: str) -> None:
        print(text, file=self.out, flush=True)
