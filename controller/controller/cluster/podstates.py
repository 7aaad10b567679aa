"""What a pod looks like to ``deis ps``, from what Kubernetes says of it (section 22). Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from controller.cluster.names import build_process_name
from kit.kube import Manifest

ORDER = (
    "initializing",
    "creating",
    "starting",
    "up",
    "terminating",
    "down",
    "destroyed",
    "crashed",
    "error",
)
"""From the first to the last state of a pod's life; what is none of these is a raw reason of Kubernetes."""

BY_REASON = {
    "Pending": "initializing",
    "ContainerCreating": "creating",
    "PodInitializing": "creating",
    "Starting": "starting",
    "Running": "up",
    "Terminating": "terminating",
    "Succeeded": "down",
    "Failed": "crashed",
    "Unknown": "error",
}
NOT_CREATED = "ContainerCreating"
IN_INIT = "PodInitializing"


def get_state(pod: Manifest | None, events: Sequence[Manifest] = ()) -> str:
    """The state of one pod; ``events`` are its own. A reason without a state of its own is given as it is."""
    if pod is None:
        return "destroyed"
    phase = str(pod.get("status", {}).get("phase", "Pending"))
    if phase in ("Pending", NOT_CREATED):
        reason, _ = get_pending_reason(pod, events)
        return BY_REASON.get(reason, reason)
    if phase == "Running":
        return _get_running_state(pod)
    return BY_REASON.get(phase, phase)


def get_pending_reason(pod: Manifest, events: Sequence[Manifest] = ()) -> tuple[str, str]:
    """Why a pod has not started: reason and message.

    While the container is being made, the pod's last event says more than its status; while an init container
    is in trouble, that one's reason does.
    """
    waiting = (find_container_status(pod) or {}).get("state", {}).get("waiting")
    if not waiting:
        return "Pending", ""
    reason, message = waiting.get("reason", "Pending"), waiting.get("message", "")
    if reason == NOT_CREATED and events:
        last = sort_events(events)[-1]
        return last.get("reason", reason), last.get("message", "")
    if reason == IN_INIT:
        stuck = _find_stuck_init(pod)
        return (stuck.get("reason", reason), stuck.get("message", "")) if stuck else (reason, message)
    return reason, message


def is_up(pod: Manifest) -> bool:
    return get_state(pod) == "up"


def is_ready(pod: Manifest) -> bool:
    """The container is ready, nothing deletes the pod, and no ``Ready`` condition says otherwise."""
    conditions = pod.get("status", {}).get("conditions") or ()
    denied = any(c["type"] == "Ready" and c["status"] != "True" for c in conditions)
    return is_up(pod) and not denied


def is_deleted(pod: Manifest, *, now: datetime) -> bool:
    """Past its deletion timestamp, which has the grace period in it already."""
    moment = pod["metadata"].get("deletionTimestamp")
    return moment is not None and parse_time(moment) <= now


def find_container_status(pod: Manifest) -> dict[str, Any] | None:
    """The status of the app's own container, found by its name."""
    name = get_container_name(pod)
    statuses = pod.get("status", {}).get("containerStatuses") or ()
    return next((status for status in statuses if status["name"] == name), None)


def get_container_name(pod: Manifest) -> str:
    labels = pod["metadata"]["labels"]
    return build_process_name(labels["app"], labels["type"])


def sort_events(events: Sequence[Manifest]) -> list[Manifest]:
    """In the order in which they were last seen; one without any time comes first."""
    return sorted(events, key=get_event_time)


def get_event_time(event: Manifest) -> str:
    """When it was last seen; times of one format sort as text."""
    series = (event.get("series") or {}).get("lastObservedTime")
    created = event["metadata"].get("creationTimestamp")
    return str(event.get("lastTimestamp") or series or event.get("eventTime") or created or "")


def parse_time(text: str) -> datetime:
    """The moment of a Kubernetes time stamp, with or without fractions."""
    return datetime.fromisoformat(text)


def _get_running_state(pod: Manifest) -> str:
    status = find_container_status(pod)
    deleting = pod["metadata"].get("deletionTimestamp") is not None
    state = (status or {}).get("state", {})
    if status is None or "waiting" in state:
        return "error"
    if status.get("ready"):
        return "terminating" if deleting else "up"
    return "terminating" if deleting or "terminated" in state else "starting"


def _find_stuck_init(pod: Manifest) -> dict[str, Any] | None:
    for status in pod.get("status", {}).get("initContainerStatuses") or ():
        waiting: dict[str, Any] | None = status.get("state", {}).get("waiting")
        if waiting and waiting.get("reason") not in (None, IN_INIT, NOT_CREATED):
            return waiting
    return None
