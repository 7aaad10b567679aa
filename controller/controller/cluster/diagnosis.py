"""Why pods of a release do not come up. Pure: from what Kubernetes shows to a sentence and where its log is.

A deploy ends as soon as waiting longer can't help: an image that is not there, a container that keeps
crashing, a pod that no node takes, a quota that is used up. What may pass by itself (a slow pull, one failed
pull) is waited for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from controller.cluster.actual import Actual, get_labels, get_template_version, get_version
from controller.cluster.containerstates import (
    Crash,
    find_crash,
    find_hopeless_wait,
    find_pull_failure,
    get_statuses,
)
from controller.cluster.desired import ClusterOptions
from controller.cluster.podstates import get_container_name, get_event_time, is_ready, parse_time, sort_events
from kit.kube import Manifest

UNSCHEDULABLE_PATIENCE = timedelta(seconds=10)
"""A pod that found no room may find it when another one, already on its way out, is gone."""
EVENT_LINES = 10
SLOW_PULL = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong with one process type, in words, and which container's log tells more."""

    process_type: str
    sentence: str
    event: str = ""
    pod: str = ""
    container: str = ""
    previous: bool = False
    """The log is that of the container's run before the present one."""


def find_problem(
    actual: Actual, *, version: int, now: datetime, options: ClusterOptions, process_type: str = ""
) -> Problem | None:
    """The first thing that waiting can't heal, or None."""
    pods = select_pods(actual, version=version, process_type=process_type)
    for pod in pods:
        problem = find_pod_problem(pod, actual.get_events(pod), now=now, options=options)
        if problem is not None:
            return problem
    for replica_set in actual.replica_sets:
        kind = get_labels(replica_set).get("type", "")
        if get_version(replica_set) == version and process_type in ("", kind) and _is_current(actual, kind):
            problem = find_creation_problem(replica_set, actual.get_events(replica_set))
            if problem is not None:
                return problem
    return None


def find_pod_problem(
    pod: Manifest, events: list[Manifest], *, now: datetime, options: ClusterOptions
) -> Problem | None:
    for status in get_statuses(pod):
        problem = _find_container_problem(pod, status, events, now=now)
        if problem is not None:
            return problem
    if not options.ignore_scheduling_failure:
        return find_scheduling_problem(pod, now=now)
    return None


def find_scheduling_problem(pod: Manifest, *, now: datetime) -> Problem | None:
    """No node takes the pod, and that for longer than a moment."""
    for condition in pod.get("status", {}).get("conditions") or ():
        unscheduled = condition["type"] == "PodScheduled" and condition["status"] == "False"
        if not unscheduled or condition.get("reason") != "Unschedulable":
            continue
        since = condition.get("lastTransitionTime")
        if since is None or now - parse_time(since) >= UNSCHEDULABLE_PATIENCE:
            kind = get_labels(pod).get("type", "")
            sentence = f"No node takes a pod of process type {kind}: {flatten(condition.get('message', ''))}"
            return Problem(process_type=kind, sentence=sentence)
    return None


def find_creation_problem(replica_set: Manifest, events: list[Manifest]) -> Problem | None:
    """Kubernetes refuses to make the pods: a quota, or an admission rule. In the form of section 17.2."""
    failing = [
        condition
        for condition in (replica_set.get("status") or {}).get("conditions") or ()
        if condition["type"] == "ReplicaFailure" and condition["status"] == "True"
    ]
    status, spec = replica_set.get("status") or {}, replica_set["spec"]
    if not failing or status.get("replicas", 0) >= spec.get("replicas", 0):
        return None
    lines = [
        f"Message:{flatten(event.get('message', ''))}, lastTimestamp:{get_event_time(event)}, "
        f"reason: {event.get('reason')}, count: {event.get('count', 1)}"
        for event in sort_events(events)
        if event.get("reason") == "FailedCreate"
    ]
    text = (
        "\n".join(lines[-EVENT_LINES:])
        or f"Message:{flatten(failing[0].get('message', ''))}, reason: FailedCreate"
    )
    return Problem(process_type=get_labels(replica_set).get("type", ""), sentence=text)


def explain_delay(actual: Actual, *, version: int, seconds: float, process_type: str = "") -> Problem:
    """What to say when time is up: who is not ready, and what a failed probe said."""
    pods = select_pods(actual, version=version, process_type=process_type)
    late = [pod for pod in pods if not is_ready(pod)]
    what = f"process type {process_type}" if process_type else "the app"
    sentence = f"{len(pods) - len(late)} of {len(pods)} pods of {what} were ready after {seconds:.0f} s"
    for pod in late:
        kind = get_labels(pod).get("type", "")
        unhealthy = [event for event in actual.get_events(pod) if event.get("reason") == "Unhealthy"]
        last = sort_events(unhealthy or actual.get_events(pod))[-1:]
        event = flatten(last[0].get("message", "")) if last else ""
        container = get_container_name(pod)
        name = pod["metadata"]["name"]
        return Problem(process_type=kind, sentence=sentence, event=event, pod=name, container=container)
    return Problem(process_type=process_type, sentence=sentence)


def measure_slow_pull(actual: Actual, *, version: int, now: datetime) -> float:
    """Seconds that an image is being pulled, once they are more than a minute: more time is due (section 17.8)."""
    for pod in select_pods(actual, version=version):
        events = sort_events(actual.get_events(pod))
        if events and events[-1].get("reason") == "Pulling":
            started = events[-1].get("firstTimestamp") or get_event_time(events[-1])
            if started and now - parse_time(started) > SLOW_PULL:
                return (now - parse_time(started)).total_seconds()
    return 0.0


def select_pods(actual: Actual, *, version: int, process_type: str = "") -> list[Manifest]:
    """Pods of a release that nothing is deleting; one-off pods aside."""
    return [pod for pod in actual.pods if _belongs(pod, version=version, process_type=process_type)]


def is_update(actual: Actual, *, version: int, process_type: str) -> bool:
    """The type has run another release before: its ReplicaSets tell, also to a process that resumes."""
    return any(
        get_labels(replica_set).get("type") == process_type and get_template_version(replica_set) != version
        for replica_set in actual.replica_sets
    )


def flatten(message: str) -> str:
    """One line, without the blank ends that messages of Kubernetes tend to have."""
    return " ".join(message.split())


def _is_current(actual: Actual, kind: str) -> bool:
    """Kubernetes has seen the last change of the type's Deployment.

    What its ReplicaSet says is not of before.
    """
    for deployment in actual.deployments.values():
        if get_labels(deployment).get("type") == kind:
            seen = (deployment.get("status") or {}).get("observedGeneration", 0)
            return bool(seen >= deployment["metadata"].get("generation", 0))
    return True


def _belongs(pod: Manifest, *, version: int, process_type: str) -> bool:
    kind = get_labels(pod).get("type", "")
    if pod["metadata"].get("deletionTimestamp") is not None or kind in ("", "run"):
        return False
    return get_version(pod) == version and process_type in ("", kind)


def _find_container_problem(
    pod: Manifest, status: dict[str, Any], events: list[Manifest], *, now: datetime
) -> Problem | None:
    kind = get_labels(pod).get("type", "")
    where = {"process_type": kind, "pod": pod["metadata"]["name"], "container": status["name"]}
    hopeless = find_hopeless_wait(status)
    if hopeless:
        return Problem(
            process_type=kind, sentence=f"Process type {kind} can't be started: {flatten(hopeless)}"
        )
    pull = find_pull_failure(status, events)
    if pull:
        return Problem(
            process_type=kind, sentence=f"The image of process type {kind} can't be pulled: {pull}"
        )
    crash = find_crash(status, now=now)
    if crash is not None:
        return Problem(sentence=_describe_crash(kind, crash), previous=crash.previous, **where)
    return None


def _describe_crash(kind: str, crash: Crash) -> str:
    again = f", after {crash.restarts} restarts" if crash.restarts > 1 else ""
    if crash.container == "slug":
        return f"The slug of process type {kind} can't be fetched: {crash.words}{again}"
    return f"Process type {kind} crashes: {crash.words}{again}"
