"""What a container's status says about its chances (section 17.8). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from controller.cluster.podstates import parse_time
from kit.kube import Manifest

Status = dict[str, Any]

PULL_REASONS = frozenset({"ErrImagePull", "ImagePullBackOff", "RegistryUnavailable", "ErrImageInspect"})
HOPELESS_REASONS = frozenset(
    {"InvalidImageName", "ErrImageNeverPull", "CreateContainerConfigError", "CreateContainerError"}
)
PASSING = (
    "failed to sync",  # the node has only just heard of the pod's Secrets
    "timed out waiting for the condition",
    "context deadline exceeded",
    "is reserved for",  # what is left of an attempt that took too long
)
"""In messages of these reasons that pass by themselves."""
FINAL_WORDS = (
    "not found",
    "manifest unknown",
    "denied",
    "unauthorized",
    "forbidden",
    "no match for platform",
    "invalid reference",
    "server gave http response to https client",
)
"""In messages of a pull that will fail the same way again."""
NO_PROGRAM = (
    "no such file or directory",
    "executable file not found",
    "permission denied",
    "exec format error",
)
"""In messages of a container whose program could not be started at all."""
PULL_ATTEMPTS = 2
CRASH_RESTARTS = 2
MEMORY = timedelta(minutes=10)
"""Twice the longest pause that Kubernetes makes between two starts."""


@dataclass(frozen=True, kw_only=True)
class Crash:
    container: str
    words: str
    """``exit code 1``, ``killed, out of memory``"""
    restarts: int
    previous: bool
    """The log of interest is that of the run before the present one."""


def get_statuses(pod: Manifest) -> list[Status]:
    """Init containers first, as they run first."""
    status = pod.get("status", {})
    return [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]


def find_hopeless_wait(status: Status) -> str:
    """Why the container will never be made, in Kubernetes' words; empty when it may be."""
    waiting = status.get("state", {}).get("waiting") or {}
    reason, message = str(waiting.get("reason", "")), str(waiting.get("message", ""))
    if reason not in HOPELESS_REASONS or any(words in message for words in PASSING):
        return ""
    return message or reason


def find_pull_failure(status: Status, events: Sequence[Manifest]) -> str:
    """Why the image can't be pulled: at once when the answer is final, else after the second attempt."""
    waiting = status.get("state", {}).get("waiting") or {}
    if waiting.get("reason") not in PULL_REASONS:
        return ""
    failures = [event for event in events if event.get("reason") in ("Failed", "InspectFailed")]
    messages = [waiting.get("message", ""), *(event.get("message", "") for event in failures)]
    told = [message for message in messages if message and not message.startswith("Back-off")]
    text = next((m for m in told if m not in ("Error: ErrImagePull", "Error: ImagePullBackOff")), "")
    attempts = sum(event.get("count", 1) for event in events if event.get("reason") == "Pulling")
    final = any(words in text.lower() for words in FINAL_WORDS)
    if not final and attempts < PULL_ATTEMPTS:
        return ""
    return " ".join(text.split()) or waiting.get("reason", "")


def find_crash(status: Status, *, now: datetime) -> Crash | None:
    """The container ends again and again; one restart alone is forgiven, and so is what was over long ago."""
    state = status.get("state", {})
    backing_off = (state.get("waiting") or {}).get("reason") == "CrashLoopBackOff"
    ended = state.get("terminated")
    last = ended or (status.get("lastState") or {}).get("terminated")
    if last is None or status.get("ready") or is_long_ago(last, now=now):
        return None
    restarts = status.get("restartCount", 0)
    failed = last.get("exitCode", 0) != 0
    if not backing_off and not is_no_program(last) and not (failed and restarts >= CRASH_RESTARTS):
        return None
    return Crash(
        container=status["name"],
        words=describe_end(last),
        restarts=restarts,
        previous="running" in state,
    )


def is_no_program(terminated: Status) -> bool:
    """What should be started is not there, or is no program: the next attempt ends the same way."""
    message = terminated.get("message") or ""
    return terminated.get("reason") == "StartError" and any(words in message for words in NO_PROGRAM)


def is_long_ago(terminated: Status, *, now: datetime) -> bool:
    """The container ended before anything that is waited for now."""
    finished = terminated.get("finishedAt")
    return finished is not None and now - parse_time(finished) > MEMORY


def describe_end(terminated: Status) -> str:
    """``exit code 1``, and what else is known about the end."""
    code = terminated.get("exitCode", 0)
    if terminated.get("reason") == "OOMKilled":
        return f"killed, it used more memory than it may (exit code {code})"
    words = f"killed by signal {code - 128} (exit code {code})" if 128 < code < 160 else f"exit code {code}"
    message = " ".join((terminated.get("message") or "").split())
    return f"{words}: {message}" if message else words
