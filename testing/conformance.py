"""A page below ``docs/conformance``: which test holds which section or line of a specification."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Line:
    """One section, or one line of a section's list, and what is said to hold it."""

    number: str
    held: tuple[str, ...]


class Page:
    """``component`` names the page, and the directory below which tests are named."""

    def __init__(self, component: str) -> None:
        self._tests = ROOT / component / "tests"
        self.parts = parse_page((ROOT / "docs/conformance" / f"{component}.md").read_text())
        self.lines = [(heading, line) for heading, lines in self.parts.items() for line in lines]

    def count_missing(self) -> int:
        return sum(text.startswith("missing: ") for _, line in self.lines for text in line.held)

    def is_held(self, text: str) -> bool:
        """By a test or a decision that is there; or it is said what is missing, or where to look instead."""
        if re.fullmatch(r"(missing|see): .+", text):
            return True
        return self.is_test(text) or is_decision(text)

    def is_test(self, text: str) -> bool:
        path, _, name = text.strip("`").partition("::")
        file = ROOT / path.removeprefix("/") if path.startswith("/") else self._tests / path
        return (
            text == f"`{path}::{name}`"
            and name.startswith("test_")
            and file.is_file()
            and name in list_tests(file)
        )


def parse_page(text: str) -> dict[str, list[Line]]:
    """The lines below each heading: ``- **number** title``, then an indented list."""
    found: dict[str, list[Line]] = {}
    for part in re.split(r"(?m)^##+ ", text)[1:]:
        heading, _, body = part.partition("\n")
        blocks = re.findall(r"(?m)^- \*\*(.+?)\*\* .+\n((?:  - .+\n)*)", body + "\n")
        found[heading] = [Line(number, tuple(re.findall(r"(?m)^  - (.+)$", held))) for number, held in blocks]
    return found


def number_lines(counts: dict[str, int]) -> list[str]:
    """``Apps 1``, ``Apps 2`` and so on, of how many lines each list has."""
    return [f"{name} {number}" for name, count in counts.items() for number in range(1, count + 1)]


@cache
def list_tests(path: Path) -> frozenset[str]:
    """Names of a file's test functions, without importing it."""
    tree = ast.parse(path.read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def is_decision(text: str) -> bool:
    """``superseded`` needs a page of decisions, and on it the heading that the link leads to."""
    match = re.fullmatch(r"superseded: .+ \(\[decision\]\(\.\./(decisions/[\w-]+\.md)#([\w-]+)\)\)", text)
    if match is None or not (ROOT / "docs" / match[1]).is_file():
        return False
    headings = re.findall(r"(?m)^##+ (.+)$", (ROOT / "docs" / match[1]).read_text())
    return match[2] in [heading.lower().replace(" ", "-") for heading in headings]
