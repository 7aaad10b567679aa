"""Colours for log lines: one per process, by the old rule.

Source: cli specification, section 10.5.
"""

from __future__ import annotations

_INFO_COLOUR = 5


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
