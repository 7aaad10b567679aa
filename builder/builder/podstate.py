"""What a build pod's status says. Pure.

Each question is about one container of the three, by its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kit.kube import Manifest

STEPS = ("fetch", "build", "push")
PULLING = frozenset({"ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageNeverPull"})
STARTING = frozenset({"CreateContainerConfigError", "CreateContainerError", "RunContainerError"})
NOT_RUN = frozenset({"StartError", "ContainerCannotRun"})
KILLED = 137


@dataclass(frozen=True, kw_only=True)
class Ended:
    step: str
    code: int
    reason: str
    message: str


def find_status(pod: Manifest, step: str) -> dict[str, Any]:
    """Return a container's status, empty as long as there is none."""
    status = pod.get("status") or {}
    all_of_them = [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]
    return next((entry for entry in all_of_them if entry["name"] == step), {})


def find_end(pod: Manifest, step: str) -> Ended | None:
    """Return how a container ended, if it has."""
    terminated = (find_status(pod, step).get("state") or {}).get("terminated")
    if not terminated:
        return None
    return Ended(
        step=step,
        code=int(terminated.get("exitCode", 0)),
        reason=terminated.get("reason") or "",
        message=terminated.get("message") or "",
    )


def has_started(pod: Manifest, step: str) -> bool:
    state = find_status(pod, step).get("state") or {}
    return "running" in state or "terminated" in state


def find_failure(pod: Manifest) -> Ended | None:
    """Return the first container that ended with another code than 0."""
    ends = [find_end(pod, step) for step in STEPS]
    return next((end for end in ends if end is not None and end.code != 0), None)


def is_over(pod: Manifest) -> bool:
    return (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")


def describe_pod_failure(pod: Manifest) -> str:
    """Return the pod's own reason and message: it was evicted, or took too long."""
    status = pod.get("status") or {}
    return f"[{status.get('reason') or 'Failed'}]:{status.get('message') or 'no reason given'}"


def find_trouble(pod: Manifest) -> str | None:
    """Return a sentence about why a pod does not get on, if its status shows a reason."""
    for condition in (pod.get("status") or {}).get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "Unschedulable":
            return f"No node can take the build pod: {condition.get('message', '')}"
    for step in STEPS:
        waiting = (find_status(pod, step).get("state") or {}).get("waiting") or {}
        if waiting.get("reason") in PULLING:
            return f"The image for the build can't be pulled: {waiting.get('message') or waiting['reason']}"
        if waiting.get("reason") in STARTING:
            return f"The build can't start: {waiting.get('message') or waiting['reason']}"
    return None


def explain_end(end: Ended) -> str | None:
    """Return a sentence for an end that the log does not explain."""
    if end.reason == "OOMKilled":
        return "The build was ended because it used more memory than it may."
    if end.reason in NOT_RUN:
        return f"The build can't start: {end.message}"
    if end.code == KILLED:
        return "The build was killed."
    return None
