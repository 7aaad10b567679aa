from datetime import UTC, datetime
from typing import Any

import pytest

from controller.cluster.podstates import get_pending_reason, get_state, is_deleted, is_ready, sort_events

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def pod(phase, state=None, *, ready=False, deleted=None, conditions=(), init=None):
    metadata = {"name": "shop-web-1", "labels": {"app": "shop", "type": "web"}}
    if deleted:
        metadata["deletionTimestamp"] = deleted
    status = {"phase": phase, "conditions": list(conditions)}
    if state is not None:
        status["containerStatuses"] = [{"name": "shop-web", "state": state, "ready": ready}]
    if init is not None:
        status["initContainerStatuses"] = [{"name": "slug", "state": init}]
    return {"metadata": metadata, "status": status}


def waiting(reason, message=""):
    return {"waiting": {"reason": reason, "message": message}}


RUNNING: dict[str, Any] = {"running": {}}
ENDED: dict[str, Any] = {"terminated": {}}
SOON = "2026-01-01T12:00:20Z"


@pytest.mark.parametrize(
    ("given", "state"),
    [
        (None, "destroyed"),
        (pod("Pending"), "initializing"),
        (pod("Pending", RUNNING), "initializing"),
        (pod("Pending", waiting("ContainerCreating")), "creating"),
        (pod("Pending", waiting("PodInitializing")), "creating"),
        (pod("Pending", waiting("PodInitializing"), init=waiting("CrashLoopBackOff")), "CrashLoopBackOff"),
        (pod("Pending", waiting("ImagePullBackOff")), "ImagePullBackOff"),
        (pod("Running", RUNNING), "starting"),
        (pod("Running", RUNNING, deleted=SOON), "terminating"),
        (pod("Running", ENDED), "terminating"),
        (pod("Running", RUNNING, ready=True, deleted=SOON), "terminating"),
        (pod("Running", RUNNING, ready=True), "up"),
        (pod("Running", waiting("CrashLoopBackOff")), "error"),
        (pod("Running"), "error"),
        (pod("Succeeded", ENDED), "down"),
        (pod("Failed", ENDED), "crashed"),
        (pod("Unknown"), "error"),
        (pod("Odd"), "Odd"),
    ],
)
def test_states(given, state):
    assert get_state(given) == state


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("Scheduled", "Scheduled"),
        ("Pulling", "Pulling"),
        ("Failed", "crashed"),
        ("FailedMount", "FailedMount"),
    ],
)
def test_while_a_container_is_made_the_pods_last_event_is_its_state(reason, state):
    events = [event("later", "2026-01-01T12:00:02Z", reason), event("no time", None, "Scheduled")]
    assert get_state(pod("Pending", waiting("ContainerCreating")), events) == state


def event(message, last, reason="Pulling"):
    return {"metadata": {}, "message": message, "reason": reason, "lastTimestamp": last}


def test_events_without_a_time_come_first():
    events = [event("b", "2026-01-01T12:00:02Z"), event("c", "2026-01-01T12:00:03Z"), event("a", None)]
    assert [item["message"] for item in sort_events(events)] == ["a", "b", "c"]


def test_the_message_of_a_pull_comes_with_its_reason():
    assert get_pending_reason(pod("Pending", waiting("ErrImagePull", "no such"))) == (
        "ErrImagePull",
        "no such",
    )


def test_ready_is_up_and_no_condition_against_it():
    up = pod("Running", RUNNING, ready=True)
    assert is_ready(up)
    up["status"]["conditions"] = [{"type": "Ready", "status": "False"}]
    assert get_state(up) == "up"
    assert not is_ready(up)
    assert not is_ready(pod("Running", RUNNING, ready=True, deleted=SOON))


def test_deleted_is_past_the_deletion_timestamp():
    assert is_deleted(pod("Running", deleted="2026-01-01T11:50:00Z"), now=NOW)
    assert not is_deleted(pod("Running", deleted=SOON), now=NOW)
    assert not is_deleted(pod("Running"), now=NOW)
