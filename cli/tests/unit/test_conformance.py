"""The conformance page leaves nothing out and names only tests that exist."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs/conformance/cli.md"
MISSING_AT_MOST = 15
"""What is held stays held: whoever adds a test lowers this."""

SECTIONS = """
    1 1.1 2 2.1 2.2 2.3 3 4 5 5.1 5.2 5.3 5.4 6 7 7.1 7.2 7.3 7.4 8 8.1 8.2 8.3 9
    10 10.1 10.2 10.3 10.4 10.5 10.6 10.7 10.8 10.9 10.10 10.11 10.12 10.13 10.14 10.15 10.16 10.17 10.18 10.19
    10.20 10.21 10.22 10.23 10.24 10.25 10.26 10.27 10.28 11 12 13 14 15 15.1 15.2 15.3 15.4 15.5
"""
LINES_OF_15 = {"Arguments": 6, "Settings": 9, "Output": 16, "Library": 5, "E2E": 27}


@dataclass(frozen=True)
class Line:
    """One section, or one line of a section's list, and what is said to hold it."""

    number: str
    held: tuple[str, ...]


def parse_page(text: str) -> dict[str, list[Line]]:
    """The lines below each heading: ``- **number** title``, then an indented list."""
    found: dict[str, list[Line]] = {}
    for part in re.split(r"(?m)^##+ ", text)[1:]:
        heading, _, body = part.partition("\n")
        blocks = re.findall(r"(?m)^- \*\*(.+?)\*\* .+\n((?:  - .+\n)*)", body + "\n")
        found[heading] = [Line(number, tuple(re.findall(r"(?m)^  - (.+)$", held))) for number, held in blocks]
    return found


PARTS = parse_page(PAGE.read_text())
LINES = [(heading, line) for heading, lines in PARTS.items() for line in lines]


def number_lines(counts: dict[str, int]) -> list[str]:
    return [f"{name} {number}" for name, count in counts.items() for number in range(1, count + 1)]


@pytest.mark.parametrize(
    ("heading", "numbers"),
    [
        ("Sections", SECTIONS.split()),
        ("Lines of section 15", number_lines(LINES_OF_15)),
    ],
)
def test_nothing_is_left_out(heading, numbers):
    assert [line.number for line in PARTS[heading]] == numbers


@cache
def list_tests(path: Path) -> frozenset[str]:
    """Names of a file's test functions, without importing it."""
    tree = ast.parse(path.read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def find_file(name: str) -> Path:
    return ROOT / name.removeprefix("/") if name.startswith("/") else ROOT / "cli/tests" / name


def is_test(text: str) -> bool:
    path, _, name = text.strip("`").partition("::")
    return (
        text == f"`{path}::{name}`"
        and name.startswith("test_")
        and find_file(path).is_file()
        and name in list_tests(find_file(path))
    )


def is_decision(text: str) -> bool:
    """``superseded`` needs a page of decisions, and on it the heading that the link leads to."""
    match = re.fullmatch(r"superseded: .+ \(\[decision\]\(\.\./(decisions/[\w-]+\.md)#([\w-]+)\)\)", text)
    if match is None or not (ROOT / "docs" / match[1]).is_file():
        return False
    headings = re.findall(r"(?m)^##+ (.+)$", (ROOT / "docs" / match[1]).read_text())
    return match[2] in [heading.lower().replace(" ", "-") for heading in headings]


@pytest.mark.parametrize(("heading", "line"), LINES, ids=[f"{part}: {line.number}" for part, line in LINES])
def test_what_is_said_to_hold_a_line_is_there(heading, line):
    assert line.held
    for text in line.held:
        assert is_test(text) or is_decision(text) or re.fullmatch(r"(missing|see): .+", text), text


def test_no_more_is_missing_than_was():
    missing = sum(text.startswith("missing: ") for _, line in LINES for text in line.held)
    assert missing == MISSING_AT_MOST, "lower MISSING_AT_MOST, or write the tests that went missing"


@pytest.mark.parametrize(
    "text",
    [
        "`unit/test_texts.py::test_of_nothing`",
        "`unit/test_no_such_file.py::test_logs`",
        "unit/test_texts.py::test_logs",
        "superseded: a word ([decision](../decisions/no-such-page.md#tokens))",
        "superseded: a word ([decision](../decisions/cli.md#no-such-heading))",
        "superseded: a word",
    ],
)
def test_what_is_not_there_is_noticed(text):
    assert not is_test(text)
    assert not is_decision(text)
