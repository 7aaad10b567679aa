"""How far the pods of a release are, and what keeps those that are not ready. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from controller.cluster.actual import Actual, get_labels
from controller.cluster.containerstates import Status, describe_end, get_statuses
from controller.cluster.desired import PodTrouble, Situation
from controller.cluster.diagnosis import flatten, select_pods
from controller.cluster.podstates import (
    IN_INIT,
    NOT_CREATED,
    get_pending_reason,
    get_state,
    is_ready,
    sort_events,
)
from kit.kube import Manifest

PODS_SHOWN = 10
MESSAGE_LIMIT = 500
Reason = tuple[str, str]


def build_situation(actual: Actual, *, version: int, wanted: int, types: Sequence[str] = ()) -> Situation:
    """``types``: only pods of these process types; empty for all."""
    pods = [
        pod
        for pod in select_pods(actual, version=version)
        if not types or get_labels(pod).get("type") in types
    ]
    late = sorted((pod for pod in pods if not is_ready(pod)), key=lambda pod: str(pod["metadata"]["name"]))
    troubles = tuple(describe_trouble(pod, actual.get_events(pod)) for pod in late[:PODS_SHOWN])
    return Situation(wanted=wanted, ready=len(pods) - len(late), pods=troubles)


def describe_trouble(pod: Manifest, events: Sequence[Manifest]) -> PodTrouble:
    reason, message = explain(pod, events)
    return PodTrouble(
        name=pod["metadata"]["name"],
        type=get_labels(pod).get("type", ""),
        state=get_state(pod, events),
        reason=reason,
        message=flatten(message)[:MESSAGE_LIMIT],
        restarts=sum(status.get("restartCount", 0) for status in get_statuses(pod)),
    )


def explain(pod: Manifest, events: Sequence[Manifest]) -> Reason:
    """Why the pod is not ready: reason and message, both empty when nothing is known."""
    for status in get_statuses(pod):
        found = _find_crash(status) or _find_wait(status)
        if found:
            return found
    return _find_refusal(pod) or _find_unhealthy(events) or _get_pending(pod, events)


def _find_crash(status: Status) -> Reason | None:
    state = status.get("state", {})
    last = state.get("terminated") or (status.get("lastState") or {}).get("terminated")
    if last is None or status.get("ready") or last.get("exitCode", 0) == 0:
        return None
    return "Crashed", describe_end(last)


def _find_wait(status: Status) -> Reason | None:
    waiting = status.get("state", {}).get("waiting") or {}
    reason = str(waiting.get("reason", ""))
    return None if reason in ("", NOT_CREATED, IN_INIT) else (reason, str(waiting.get("message", "")))


def _find_refusal(pod: Manifest) -> Reason | None:
    for condition in pod.get("status", {}).get("conditions") or ():
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            return str(condition.get("reason", "Unschedulable")), str(condition.get("message", ""))
    return None


def _find_unhealthy(events: Sequence[Manifest]) -> Reason | None:
    told = sort_events([event for event in events if event.get("reason") == "Unhealthy"])
    return ("Unhealthy", str(told[-1].get("message", ""))) if told else None


def _get_pending(pod: Manifest, events: Sequence[Manifest]) -> Reason:
    if pod.get("status", {}).get("phase", "Pending") != "Pending":
        return "", ""
    return get_pending_reason(pod, events)
