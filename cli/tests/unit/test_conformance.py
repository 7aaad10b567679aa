"""The conformance page leaves nothing out and names only tests that exist."""

from __future__ import annotations

import pytest

from conformance import Page, is_decision, number_lines

PAGE = Page("cli")
MISSING_AT_MOST = 0
"""What is held stays held: whoever adds a test lowers this."""

SECTIONS = """
    1 1.1 2 2.1 2.2 2.3 3 4 5 5.1 5.2 5.3 5.4 6 7 7.1 7.2 7.3 7.4 8 8.1 8.2 8.3 9
    10 10.1 10.2 10.3 10.4 10.5 10.6 10.7 10.8 10.9 10.10 10.11 10.12 10.13 10.14 10.15 10.16 10.17 10.18 10.19
    10.20 10.21 10.22 10.23 10.24 10.25 10.26 10.27 10.28 11 12 13 14 15 15.1 15.2 15.3 15.4 15.5
"""
LINES_OF_15 = {"Arguments": 6, "Settings": 9, "Output": 16, "Library": 5, "E2E": 27}


@pytest.mark.parametrize(
    ("heading", "numbers"),
    [
        ("Sections", SECTIONS.split()),
        ("Lines of section 15", number_lines(LINES_OF_15)),
    ],
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
    assert not PAGE.is_test(text)
    assert not is_decision(text)
