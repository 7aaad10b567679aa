"""Blocks of text that line up.

Source: cli specification, sections 7.1, 7.2, 10.18 and 10.28.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any

WRAP_WIDTH = 30
_TAB = 8


def format_value(value: Any) -> str:
    """A JSON value as old clients print it: ``true``, ``5`` and not ``5.0``, text unchanged."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def render_pairs(values: Mapping[str, Any], *, gap: int) -> str:
    """Sorted keys, then the values at the column ``gap`` bytes behind the longest key."""
    keys = {key: key.encode("utf-8", "surrogateescape") for key in values}
    column = max((len(raw) for raw in keys.values()), default=0) + gap
    ordered = sorted(keys, key=lambda key: keys[key])
    return "".join(f"{key}{' ' * (column - len(keys[key]))}{format_value(values[key])}\n" for key in ordered)


def render_count(shown: int, count: int) -> str:
    """What a header says if it heads an incomplete list."""
    return "" if shown == count else f" ({shown} of {count})"


def render_tabbed(rows: Sequence[Sequence[str]]) -> str:
    """Columns separated by as many tabs as it takes to line them up; the last one is open."""
    if not rows:
        return ""
    columns = list(zip(*rows, strict=True))[:-1]
    widths = [(max(map(len, column)) // _TAB + 1) * _TAB for column in columns]
    lines = []
    for row in rows:
        cells = [
            f"{cell}{chr(9) * -(-(width - len(cell)) // _TAB)}"
            for cell, width in zip(row, widths, strict=False)
        ]
        lines.append("".join(cells) + row[-1] + "\n")
    return "".join(lines)


def render_columns(
    titles: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None, whole: Collection[str] = ()
) -> str:
    """A table of left-aligned columns. In a ``width`` the widest columns are cut until a line fits; None: nothing is.

    ``whole``: titles of columns that are never cut, for what they show is typed again.
    """
    if not rows:
        return ""
    table = [list(titles), *([cell.replace("\t", " ") for cell in row] for row in rows)]
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    if width is not None:
        least = [
            wide if title in whole else _width(title) for title, wide in zip(titles, widths, strict=True)
        ]
        widths = _squeeze(widths, least, width - 2 * (len(widths) - 1))
    lines = []
    for row in table:
        cells = [_pad(_cut(cell, wide), wide) for cell, wide in zip(row, widths, strict=True)]
        lines.append("  ".join(cells).rstrip() + "\n")
    return "".join(lines)


def _squeeze(widths: list[int], least: list[int], room: int) -> list[int]:
    """Take from the widest column, one at a time, until all fit; a title stays whole."""
    widths = list(widths)
    while sum(widths) > room:
        spare = [width - floor for width, floor in zip(widths, least, strict=True)]
        if max(spare) <= 0:
            break
        widest = max((index for index in range(len(widths)) if spare[index] > 0), key=lambda i: widths[i])
        widths[widest] -= 1
    return widths


def _cut(text: str, width: int) -> str:
    """The text, or its beginning and an ellipsis if it is too wide."""
    if _width(text) <= width:
        return text
    kept = ""
    for char in text:
        if _width(kept + char) > width - 1:
            break
        kept += char
    return f"{kept}…"


def render_boxed(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table with centred titles and a rule; wide cells are wrapped at their spaces."""
    wrapped = [[_wrap(cell) for cell in row] for row in rows]
    widths = [
        max([_width(title), *(_cell_width(row[index]) for row in wrapped)])
        for index, title in enumerate(titles)
    ]
    lines = [_join([_centre(title, width) for title, width in zip(titles, widths, strict=True)])]
    lines.append("+" + "".join(f"{'-' * (width + 2)}+" for width in widths))
    for row in wrapped:
        for number in range(max(len(cell) for cell in row)):
            texts = [cell[number] if number < len(cell) else "" for cell in row]
            lines.append(_join([_pad(text, width) for text, width in zip(texts, widths, strict=True)]))
    return "\n".join(lines) + "\n"


def _join(cells: Sequence[str]) -> str:
    return f"  {' | '.join(cells)}  "


def _wrap(cell: str) -> list[str]:
    if _width(cell) <= WRAP_WIDTH:
        return [cell]
    lines: list[str] = []
    for word in cell.split(" "):
        if lines and _width(lines[-1]) + 1 + _width(word) <= WRAP_WIDTH:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _cell_width(lines: Sequence[str]) -> int:
    """A wrapped cell makes its column at least as wide as the limit."""
    widest = max(map(_width, lines))
    return max(widest, WRAP_WIDTH) if len(lines) > 1 else widest


def _width(text: str) -> int:
    """Columns that the text takes on a terminal."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def _pad(text: str, width: int) -> str:
    return text + " " * (width - _width(text))


def _centre(text: str, width: int) -> str:
    spare = width - _width(text)
    return " " * (spare // 2) + text + " " * (spare - spare // 2)
