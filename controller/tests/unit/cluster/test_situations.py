"""How far the pods of a release are, and what keeps the others."""

import pytest

from controller.cluster.actual import Actual
from controller.cluster.situations import build_situation

UNSCHEDULED = {
    "type": "PodScheduled",
    "status": "False",
    "reason": "Unschedulable",
    "message": "0/1 nodes are available:\n1 Insufficient cpu.",
}


def make_pod(name, *, kind="web", version="v3", state=None, ready=False, restarts=0, last=None, **status):
    own = {
        "name": f"shop-{kind}",
        "ready": ready,
        "restartCount": restarts,
        "state": state or {"running": {}},
    }
    if last:
        own["lastState"] = {"terminated": last}
    labels = {"app": "shop", "type": kind, "version": version}
    statuses = {"phase": "Running", "containerStatuses": [own], **status}
    return {"metadata": {"name": name, "uid": name, "labels": labels}, "status": statuses}


def make_event(uid, reason, message):
    return {
        "metadata": {},
        "involvedObject": {"uid": uid},
        "reason": reason,
        "message": message,
        "lastTimestamp": "2026-01-01T12:00:00Z",
    }


def waiting(reason, message=""):
    return {"waiting": {"reason": reason, "message": message}}


@pytest.mark.parametrize(
    ("pod", "events", "told"),
    [
        (
            make_pod("a", state=waiting("CrashLoopBackOff"), restarts=3, last={"exitCode": 1}),
            [],
            ("error", "Crashed", "exit code 1", 3),
        ),
        (
            make_pod("a", phase="Pending", state=waiting("ImagePullBackOff", "Back-off pulling image")),
            [],
            ("ImagePullBackOff", "ImagePullBackOff", "Back-off pulling image", 0),
        ),
        (
            make_pod("a", phase="Pending", containerStatuses=[], conditions=[UNSCHEDULED]),
            [],
            ("initializing", "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.", 0),
        ),
        (
            make_pod("a"),
            [make_event("a", "Unhealthy", "Readiness probe failed: connection refused")],
            ("starting", "Unhealthy", "Readiness probe failed: connection refused", 0),
        ),
        (
            make_pod("a", phase="Pending", state=waiting("ContainerCreating")),
            [make_event("a", "Pulling", 'Pulling image "x"')],
            ("Pulling", "Pulling", 'Pulling image "x"', 0),
        ),
        (make_pod("a"), [], ("starting", "", "", 0)),
    ],
)
def test_a_pod_that_is_not_ready_says_why(pod, events, told):
    actual = Actual(deployments={}, pods=(pod,), events=tuple(events))
    (trouble,) = build_situation(actual, version=3, wanted=1).pods
    assert (trouble.state, trouble.reason, trouble.message, trouble.restarts) == told


def test_pods_of_the_release_are_counted():
    pods = (
        make_pod("a", ready=True),
        make_pod("b"),
        make_pod("c", kind="worker", ready=True),
        make_pod("d", version="v2", ready=True),
        make_pod("e", kind="run"),
    )
    actual = Actual(deployments={}, pods=pods)
    whole = build_situation(actual, version=3, wanted=4)
    assert (whole.wanted, whole.ready, [pod.name for pod in whole.pods]) == (4, 2, ["b"])
    workers = build_situation(actual, version=3, wanted=1, types=("worker",))
    assert (workers.ready, workers.pods) == (1, ())


def test_of_many_pods_some_are_told_of():
    pods = tuple(make_pod(f"pod-{number:04}") for number in range(1000))
    situation = build_situation(Actual(deployments={}, pods=pods), version=3, wanted=1000)
    assert [pod.name for pod in situation.pods] == [f"pod-{number:04}" for number in range(10)]
