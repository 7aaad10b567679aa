from __future__ import annotations

import threading

import pytest

from kit.errors import Unavailable
from workflow_manager.errors import ServiceFailed
from workflow_manager.versions import build_query, is_newer, mark_updates, parse_latest, run_jobs

ROUTER = {"component": {"name": "deis-router", "type": "Deployment"}, "version": {"version": "3.0.0"}}


@pytest.mark.parametrize(
    ("version", "than", "newer"),
    [
        ("3.0.1", "3.0.0", True),
        ("3.1.0", "3.0.9", True),
        ("4.0.0", "3.9.9", True),
        ("3.10.0", "3.9.0", True),
        ("v3.0.1", "3.0.0", True),
        ("3.0.0", "3.0.0", False),
        ("3.0.0", "3.0.1", False),
        ("2.99.99", "3.0.0", False),
        ("", "3.0.0", False),
        ("canary", "3.0.0", False),
        ("3.0.1", "canary", False),
    ],
)
def test_versions_are_compared_by_their_numbers(version, than, newer):
    assert is_newer(version, than) is newer


def test_what_is_asked_for():
    wanted = {"data": [{"component": {"name": "deis-router"}, "version": {"train": "stable"}}]}
    assert build_query([ROUTER]) == wanted


def test_the_newest_version_of_each_component():
    answer = {
        "data": [{"component": {"name": "deis-router"}, "version": {"train": "stable", "version": "3.1.0"}}]
    }
    assert parse_latest(answer) == {"deis-router": "3.1.0"}


@pytest.mark.parametrize(
    "answer", [None, [], {}, {"data": [{}]}, {"data": [{"component": None}]}, {"data": 3}]
)
def test_an_answer_that_makes_no_sense(answer):
    with pytest.raises(ServiceFailed, match="makes no sense"):
        parse_latest(answer)


def test_a_newer_version_is_shown_and_nothing_else_is():
    assert mark_updates([ROUTER], {"deis-router": "3.1.0"}) == [{**ROUTER, "updateAvailable": "3.1.0"}]
    assert mark_updates([ROUTER], {"deis-router": "3.0.0"}) == [ROUTER]
    assert mark_updates([ROUTER], {"deis-other": "4.0.0"}) == [ROUTER]
    assert mark_updates([ROUTER], {}) == [ROUTER]


def test_a_job_that_fails_is_said_and_keeps_nobody_from_his(caplog):
    stopped = threading.Event()
    done: list[int] = []

    def fail() -> None:
        raise Unavailable("nobody there")

    def count() -> None:
        done.append(len(done))
        if len(done) == 3:
            stopped.set()

    run_jobs([fail, count], period=0.0, stopped=stopped)
    assert done == [0, 1, 2]
    assert caplog.text.count("periodic job ran and returned error (nobody there)") == 3
