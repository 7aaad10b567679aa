"""The conformance page leaves nothing out and names only tests that exist."""

from __future__ import annotations

import pytest

from conformance import Page, is_decision, number_lines

PAGE = Page("controller")
MISSING_AT_MOST = 1
"""What is held stays held: whoever adds a test lowers this."""

HTTP = """
    1 1.1 1.2 1.3 1.4 1.5 1.6 2 2.1 2.2 2.3 2.4 3 4 5 6 6.1 6.2 6.3 6.4 7 7.1 7.2 7.3 7.4 7.5 7.6 7.7 7.8
    8 8.1 8.2 8.3 8.4 8.5 8.6 9 9.1 9.2 9.3 9.4 9.5 9.6 9.7 10 10.1 10.2 10.3 10.4 10.5 11 12
    13 13.1 13.2 13.3 13.4 13.5 14 15 16
"""
HTTP_LINES = {
    "Apps": 14, "Users": 7, "Perms": 2, "Builds": 9, "Config": 13, "Registry": 1, "Releases": 5, "Pods": 5,
    "Misc": 8, "SDK": 1, "E2E": 1,
}  # fmt: skip
KUBERNETES = """
    1 1.1 2 2.1 2.2 2.3 3 4 4.1 4.2 4.3 4.4 4.5 5 5.1 5.2 5.3 5.4 6 6.1 6.2 6.3 6.4 7 7.1 7.2 7.3 8 9 10
    11 11.1 11.2 11.3 12 13 14 15 16 16.1 16.2 16.3 16.4 16.5 16.6 17 17.1 17.2 17.3 17.4 17.5 17.6 17.7 17.8
    18 19 20 21 22 22.1 22.2 23 24 25 26 27 28 29
"""
KUBERNETES_LINES = {
    "App": 8, "Images": 7, "Env": 3, "Structure": 5, "Deploy": 11, "Pods": 1, "Probes": 3, "Settings": 6, "E2E": 7,
}  # fmt: skip
HTTP_DEFECTS = [
    "1.2", "2.3", "4", "6.1 email", "6.1 tokens", "6.3 structure", "6.3 creation", "7.3", "7.6", "7.7", "8.1",
    "8.3", "9.1", "9.2 fingerprint", "9.2 detach", "9.2 secret", "15 hooks", "15 address",
]  # fmt: skip
KUBERNETES_DEFECTS = [
    "2", "4.3", "5.1", "5.2", "5.3", "5.4", "6.1", "6.3", "8 command", "8 release", "11.1", "12", "13",
    "15 target", "15 count", "16.6", "17.2 create", "17.2 ready", "17.6", "17.8", "18", "19", "20 wait",
    "20 pod", "21", "23", "26", "27",
]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "numbers"),
    [
        ("HTTP interface", HTTP.split()),
        ("HTTP interface, lines of section 16", number_lines(HTTP_LINES)),
        ("HTTP interface, defects", HTTP_DEFECTS),
        ("Kubernetes", KUBERNETES.split()),
        ("Kubernetes, lines of section 29", number_lines(KUBERNETES_LINES)),
        ("Kubernetes, defects", KUBERNETES_DEFECTS),
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
        "`live/test_http.py::test_of_nothing`",
        "`live/test_no_such_file.py::test_pages`",
        "live/test_http.py::test_pages",
        "superseded: a word ([decision](../decisions/no-such-page.md#tokens))",
        "superseded: a word ([decision](../decisions/controller.md#no-such-heading))",
        "superseded: a word",
    ],
)
def test_what_is_not_there_is_noticed(text):
    assert not PAGE.is_test(text)
    assert not is_decision(text)
