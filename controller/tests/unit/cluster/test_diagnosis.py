"""From a picture of the app to why it does not come up."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controller.cluster.actual import Actual
from controller.cluster.diagnosis import explain_delay, find_problem, is_update, measure_slow_pull
from controller.cluster.errors import ProcessFailed

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def make_pod(
    state=None, *, restarts=0, last=None, version="v3", kind="web", init=None, ready=False, **status
):
    name = f"shop-{kind}"
    own = {"name": name, "restartCount": restarts, "ready": ready, "state": state or {"running": {}}}
    if last is not None:
        own["lastState"] = {"terminated": last}
    labels = {"app": "shop", "type": kind, "version": version, "heritage": "deis"}
    metadata = {"name": f"{name}-1", "uid": f"uid-{name}", "labels": labels}
    statuses = {"phase": "Running", "containerStatuses": [own], **status}
    if init is not None:
        statuses["initContainerStatuses"] = [{"name": "slug", **init}]
    return {"metadata": metadata, "status": statuses}


def make_event(reason, message="", *, uid="uid-shop-web", **more):
    last = {"lastTimestamp": "2026-01-01T11:59:00Z"}
    return {
        "metadata": {},
        "reason": reason,
        "message": message,
        "involvedObject": {"uid": uid},
        **last,
        **more,
    }


def waiting(reason, message=""):
    return {"waiting": {"reason": reason, "message": message}}


@pytest.fixture
def find(options):
    def find(*pods, events=(), sets=(), deployments=(), **changes):
        named = {item["metadata"]["name"]: item for item in deployments}
        actual = Actual(deployments=named, replica_sets=tuple(sets), pods=pods, events=tuple(events))
        return find_problem(actual, version=3, now=NOW, options=replace(options, **changes))

    return find


BACKOFF = waiting("CrashLoopBackOff", "back-off 10s restarting failed container")


@pytest.mark.parametrize(
    ("pod", "sentence"),
    [
        (make_pod(BACKOFF, restarts=1, last={"exitCode": 3}), "Process type web crashes: exit code 3"),
        (
            make_pod(BACKOFF, restarts=3, last={"exitCode": 137, "reason": "OOMKilled"}),
            "Process type web crashes: killed, it used more memory than it may (exit code 137), after 3 restarts",
        ),
        (
            make_pod(restarts=2, last={"exitCode": 139}),
            "Process type web crashes: killed by signal 11 (exit code 139), after 2 restarts",
        ),
        (
            make_pod(BACKOFF, last={"exitCode": 128, "message": "exec: nope:\n not found"}),
            "Process type web crashes: exit code 128: exec: nope: not found",
        ),
        (make_pod(BACKOFF, last={"exitCode": 0}), "Process type web crashes: exit code 0"),
        (
            make_pod(waiting("InvalidImageName", "couldn't parse")),
            "Process type web can't be started: couldn't parse",
        ),
        (
            make_pod(waiting("CreateContainerConfigError", 'secret "x" not found')),
            'Process type web can\'t be started: secret "x" not found',
        ),
        (
            make_pod(
                waiting("PodInitializing"),
                init={"state": BACKOFF, "lastState": {"terminated": {"exitCode": 22}}},
            ),
            "The slug of process type web can't be fetched: exit code 22",
        ),
        (
            make_pod(waiting("ErrImagePull", 'failed to resolve "r/x:1": not found')),
            'The image of process type web can\'t be pulled: failed to resolve "r/x:1": not found',
        ),
    ],
)
def test_what_waiting_can_not_heal(find, pod, sentence):
    assert find(pod).sentence == sentence


def test_a_program_that_is_not_there_is_told_at_the_first_attempt(find):
    ended = {"exitCode": 128, "reason": "StartError", "message": "exec: /x: no such file or directory"}
    text = find(make_pod({"terminated": ended})).sentence
    assert text == "Process type web crashes: exit code 128: exec: /x: no such file or directory"
    assert find(make_pod({"terminated": ended | {"message": "out of memory"}})) is None


@pytest.mark.parametrize(
    "pod",
    [
        make_pod(),
        make_pod(restarts=1, last={"exitCode": 1}),
        make_pod({"terminated": {"exitCode": 1}}),
        make_pod(restarts=5, last={"exitCode": 0}),
        make_pod(restarts=5, last={"exitCode": 1}, ready=True),
        make_pod(restarts=5, last={"exitCode": 1, "finishedAt": "2026-01-01T11:40:00Z"}),
        make_pod(waiting("CreateContainerConfigError", "failed to sync secret cache: timed out")),
        make_pod(waiting("CreateContainerError", "context deadline exceeded")),
        make_pod(waiting("ErrImagePull", "dial tcp 127.0.0.1:5555: connection refused")),
        make_pod(BACKOFF, last={"exitCode": 3}, version="v2"),
        make_pod(BACKOFF, last={"exitCode": 3}, kind="run"),
    ],
)
def test_what_may_pass_or_is_no_business_of_this_release(find, pod):
    assert find(pod) is None


def test_a_pull_that_failed_twice_is_told_with_the_first_real_message(find):
    pod = make_pod(waiting("ImagePullBackOff", 'Back-off pulling image "r/x:1"'))
    events = [
        make_event("Pulling", count=2),
        make_event("Failed", "Failed to pull image: connection refused"),
        make_event("Failed", "Error: ErrImagePull"),
    ]
    assert find(pod, events=events).sentence.endswith("Failed to pull image: connection refused")
    assert find(pod, events=[make_event("Pulling", count=1), *events[1:]]) is None


def test_the_log_of_interest_is_that_of_the_run_that_ended(find):
    assert not find(make_pod(BACKOFF, last={"exitCode": 1})).previous
    problem = find(make_pod(restarts=2, last={"exitCode": 1}))
    assert problem.previous
    assert (problem.pod, problem.container) == ("shop-web-1", "shop-web")


def unschedulable(since):
    condition = {
        "type": "PodScheduled",
        "status": "False",
        "reason": "Unschedulable",
        "message": "0/2 nodes are available",
        "lastTransitionTime": since,
    }
    return make_pod(phase="Pending", conditions=[condition], containerStatuses=[])


def test_a_pod_no_node_takes_is_waited_for_a_moment(find):
    assert find(unschedulable("2026-01-01T11:59:55Z")) is None
    late = unschedulable("2026-01-01T11:59:45Z")
    assert find(late).sentence == "No node takes a pod of process type web: 0/2 nodes are available"
    assert find(late, ignore_scheduling_failure=True) is None


def replica_set(*, wanted=2, made=0, version="v3"):
    condition = {"type": "ReplicaFailure", "status": "True", "message": "exceeded quota"}
    labels = {"app": "shop", "type": "web", "version": version}
    return {
        "metadata": {"uid": "uid-rs", "labels": labels},
        "spec": {"replicas": wanted, "template": {"metadata": {"labels": labels}}},
        "status": {"replicas": made, "conditions": [condition]},
    }


def test_pods_that_may_not_be_made_are_told_with_the_events(find):
    event = make_event("FailedCreate", "Error creating: exceeded quota", uid="uid-rs", count=4)
    text = find(sets=[replica_set()], events=[event]).sentence
    assert text == (
        "Message:Error creating: exceeded quota, lastTimestamp:2026-01-01T11:59:00Z, "
        "reason: FailedCreate, count: 4"
    )
    assert find(sets=[replica_set()]).sentence == "Message:exceeded quota, reason: FailedCreate"
    assert find(sets=[replica_set(wanted=0)]) is None
    assert find(sets=[replica_set(version="v2")]) is None


def test_a_quota_failure_of_before_the_last_change_does_not_count(find):
    metadata = {"name": "shop-web", "labels": {"type": "web"}, "generation": 5}
    stale = {"metadata": metadata, "status": {"observedGeneration": 4}}
    assert find(sets=[replica_set()], deployments=[stale]) is None


def test_what_is_said_when_time_is_up():
    pod = make_pod()
    event = make_event("Unhealthy", "Readiness probe failed:\n dial tcp: connection refused")
    actual = Actual(deployments={}, pods=(pod,), events=(make_event("Pulled", "x"), event))
    problem = explain_delay(actual, version=3, seconds=120)
    assert problem.sentence == "0 of 1 pods of the app were ready after 120 s"
    assert problem.event == "Readiness probe failed: dial tcp: connection refused"
    assert problem.pod == "shop-web-1"


@pytest.mark.parametrize(("since", "seconds"), [("2026-01-01T11:58:30Z", 90), ("2026-01-01T11:59:30Z", 0)])
def test_a_slow_pull(since, seconds):
    event = make_event("Pulling", firstTimestamp=since)
    pod = make_pod(waiting("ContainerCreating"), phase="Pending")
    actual = Actual(deployments={}, pods=(pod,), events=(event,))
    assert measure_slow_pull(actual, version=3, now=NOW) == seconds


def test_an_update_is_known_by_the_history():
    actual = Actual(deployments={}, replica_sets=(replica_set(version="v2"),))
    assert is_update(actual, version=3, process_type="web")
    assert not is_update(actual, version=2, process_type="web")
    assert not is_update(actual, version=3, process_type="worker")


def test_the_text_for_the_user_is_the_sentence_the_event_and_the_log():
    error = ProcessFailed("It crashes.", event="Back-off", log_lines=("one", "two"))
    assert str(error) == "It crashes.\nBack-off\nThe last lines of its log:\n    one\n    two"
    assert str(ProcessFailed("Back-off it is", event="Back-off")) == "Back-off it is"
