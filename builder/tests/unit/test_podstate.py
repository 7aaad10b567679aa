from __future__ import annotations

from typing import Any

import pytest

from builder.podstate import (
    describe_pod_failure,
    explain_end,
    find_end,
    find_failure,
    find_trouble,
    has_started,
    is_over,
)


def pod(*, phase="Pending", fetch=None, build=None, push=None, **status):
    def entry(name, state):
        return {"name": name, "state": state}

    init = [entry(name, state) for name, state in (("fetch", fetch), ("build", build)) if state]
    return {
        "status": {
            "phase": phase,
            "initContainerStatuses": init,
            "containerStatuses": [entry("push", push)] if push else [],
            **status,
        }
    }


def ended(code, **more):
    return {"terminated": {"exitCode": code, **more}}


def test_a_new_pod_says_nothing():
    states: list[dict[str, Any]] = [{}, {"status": {}}, pod()]
    for empty in states:
        assert not has_started(empty, "build")
        assert find_end(empty, "build") is None
        assert find_failure(empty) is None
        assert find_trouble(empty) is None
        assert not is_over(empty)


def test_steps_start_and_end():
    running = pod(fetch=ended(0), build={"running": {}})
    assert has_started(running, "build")
    assert find_end(running, "build") is None
    done = pod(phase="Succeeded", fetch=ended(0), build=ended(0), push=ended(0))
    assert find_failure(done) is None
    assert is_over(done)


def test_the_first_bad_end_counts():
    failed = pod(phase="Failed", fetch=ended(0), build=ended(3, reason="Error"))
    failure = find_failure(failed)
    assert failure is not None
    assert (failure.step, failure.code) == ("build", 3)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            {"reason": "ImagePullBackOff", "message": "no such image"},
            "The image for the build can't be pulled: no such image",
        ),
        ({"reason": "InvalidImageName"}, "The image for the build can't be pulled: InvalidImageName"),
        ({"reason": "CreateContainerConfigError", "message": "m"}, "The build can't start: m"),
    ],
)
def test_why_a_pod_waits(state, sentence):
    assert find_trouble(pod(fetch={"waiting": state})) == sentence


def test_ordinary_waiting_is_no_trouble():
    assert find_trouble(pod(fetch={"waiting": {"reason": "PodInitializing"}})) is None


def test_no_node():
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes"}
    assert find_trouble(pod(conditions=[condition])) == "No node can take the build pod: 0/1 nodes"


def test_a_pod_that_failed_as_a_whole():
    assert describe_pod_failure(pod(phase="Failed", reason="Evicted", message="disk")) == "[Evicted]:disk"
    assert describe_pod_failure(pod(phase="Failed")) == "[Failed]:no reason given"


def test_memory_is_named():
    failure = find_failure(pod(build=ended(137, reason="OOMKilled")))
    assert failure is not None
    assert "memory" in (explain_end(failure) or "")
    plain = find_failure(pod(build=ended(1, reason="Error")))
    assert plain is not None
    assert explain_end(plain) is None
