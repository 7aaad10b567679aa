"""How an operation is told about, and how long it is waited for."""

from __future__ import annotations

from typing import Any

import pytest

from deis.changes import Patience, build_failure, describe
from deis.errors import ApiError, CliError, PodNotFound
from deis.parameters import parse_seconds
from deis.waiting import TimeIsUp, wait_for


@pytest.mark.parametrize(
    ("patience", "is_terminal", "preference"),
    [
        (Patience(), False, ""),
        (Patience(), True, "respond-async, wait=1"),
        (Patience(wait=True), False, "respond-async, wait=1"),
        (Patience(deadline=5.0), False, "respond-async, wait=1"),
        (Patience(wait=False), True, "respond-async"),
    ],
)
def test_what_the_controller_is_asked_for(patience: Patience, is_terminal: bool, preference: str) -> None:
    assert patience.find_preference(is_terminal=is_terminal) == preference


def build_operation(**values: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "state": "running",
        "phase": "rolling out",
        "message": "",
        "progress": None,
        "pods": [],
    }
    return {**fields, **values}


def test_phase_and_pods() -> None:
    assert describe(build_operation(), app="shop") == ["rolling out"]
    assert describe(build_operation(state="succeeded"), app="shop") == []
    pods = [
        {"name": "shop-web-1", "type": "web", "reason": "Crashed", "message": "exit code 3"},
        {"name": "shop-web-2", "type": "web", "reason": "", "message": ""},
        {"name": "shop-web-3", "type": "web", "reason": "Unschedulable", "message": "no node"},
    ]
    progress = {"ready": 1, "wanted": 4}
    assert describe(build_operation(message="Starting v3", progress=progress, pods=pods), app="shop") == [
        "Starting v3, 1 of 4 ready",
        "shop-web-1: Crashed, exit code 3",
        "  'deis logs -a shop --process=web' shows what it said",
        "shop-web-3: Unschedulable, no node",
        "  no node has room for it: lower 'deis limits', or add nodes",
    ]


def test_a_failed_operation_fails_as_a_waiting_request_does() -> None:
    error = {"status": 422, "detail": "no", "body": {"detail": "no"}}
    failure = build_failure({"state": "failed", "error": error})
    assert isinstance(failure, ApiError)
    assert str(failure) == "Unable to process your request: no"
    body = {"detail": "Pod x does not exist in application y"}
    assert isinstance(build_failure({"error": {"status": 400, "body": body}}), PodNotFound)
    assert str(build_failure({"state": "superseded"})) == "the operation has superseded"


def test_waiting_ends_with_what_is_found_or_with_the_time() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    found = iter([None, None, "x"])
    assert wait_for(lambda: next(found), seconds=None, clock=lambda: now[0], sleep=sleep) == "x"
    with pytest.raises(TimeIsUp):
        wait_for(lambda: None, seconds=7.0, clock=lambda: now[0], sleep=sleep)
    assert 7.0 <= now[0] < 7.5


def test_deadlines() -> None:
    assert parse_seconds("1.5") == 1.5
    for wrong in ("x", "-1", "nan", "inf"):
        with pytest.raises(CliError, match="is not a number of seconds"):
            parse_seconds(wrong)
