"""The conformance page of the build path leaves nothing out and names only tests that exist."""

from __future__ import annotations

import pytest

from conformance import Page, number_lines

PAGE = Page("build")
MISSING_AT_MOST = 2
"""What is held stays held: whoever adds a test lowers this."""

SECTIONS = """
    1 2 3 3.1 3.2 3.3 4 4.1 4.2 4.3 4.4 5 5.1 5.2 6 6.1 6.2 6.3 6.4 7 7.1 7.2 7.3 8 8.1 8.2 9 9.1 9.2 9.3 9.4
    10 11 11.1 11.2 12 12.1 12.2 12.3 13 14 15 16 17 18 18.1 18.2 18.3 18.4 19 20 21 22
"""
LINES_OF_22 = {
    "SSH": 7,
    "Build": 19,
    "slugbuilder": 1,
    "Client library": 1,
    "Hooks": 8,
    "Refresher": 1,
    "E2E": 8,
}


@pytest.mark.parametrize(
    ("heading", "numbers"),
    [("Sections", SECTIONS.split()), ("Lines of section 22", number_lines(LINES_OF_22))],
)
def test_nothing_is_left_out(heading, numbers):
    assert [line.number for line in PAGE.parts[heading]] == numbers


@pytest.mark.parametrize(
    ("heading", "line"), PAGE.lines, ids=[f"{heading}: {line.number}" for heading, line in PAGE.lines]
)
def test_what_is_said_to_hold_a_line_is_there(heading, line):
    assert line.held
    for text in line.held:
        assert PAGE.is_held(text), text


def test_no_more_is_missing_than_was():
    assert PAGE.count_missing() == MISSING_AT_MOST, (
        "lower MISSING_AT_MOST, or write the tests that went missing"
    )
