"""Driving an app's Deployments to a plan: plan, apply, wait for the watch, read again, until nothing is left.

It is the same loop whether the operation is new or resumes after a crash. It ends early when a newer
operation takes over, when something is wrong that waiting can't heal, and at the deadline.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

from controller.cluster.actual import Actual, AppView, get_labels
from controller.cluster.answers import action
from controller.cluster.apply import apply_change
from controller.cluster.desired import OnProgress, Phase, Progress, ShouldStop, Situation
from controller.cluster.diagnosis import Problem
from controller.cluster.errors import (
    ClusterChanged,
    ClusterError,
    ClusterUnreachable,
    ProcessFailed,
)
from controller.cluster.plan import AdoptDeployment, ApplyDeployment, Change, Plan, ScaleDeployment
from controller.errors import Superseded
from kit.kube import DEPLOYMENTS, Kube, KubeError
from kit.logs import app_logger
from kit.waiting import wait_for

log = app_logger(__name__)
plain_log = logging.getLogger(__name__)

T = TypeVar("T")

TICK = 0.5
"""Seconds after which ``should_stop`` is asked again when nothing has changed."""
REPORT_EVERY = 10.0
SHOW_EVERY = 1.0
"""Seconds between two pictures of the pods, so that a thousand of them do not make a thousand writes."""
FOR_EVER = 86400.0
LOG_LINES = 20
LINE_LIMIT = 500
EXTENSION = 600.0
"""Seconds granted once for an image that is pulled slowly."""


@dataclass(kw_only=True)
class Terms:
    """How long to go on, and who may say stop."""

    deadline: float
    should_stop: ShouldStop
    on_progress: OnProgress
    fence: int
    clock: Callable[[], float] = time.time
    started: float = field(init=False)
    extended: bool = False
    silent: bool = False
    """The API server does not answer; said once, until it does again."""
    phase: Phase = "preparing"
    message: str = ""
    situation: Situation | None = None
    """What was shown last."""
    shown: float = 0.0

    def __post_init__(self) -> None:
        self.started = self.clock()

    @property
    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), tz=UTC)

    @property
    def expired(self) -> bool:
        return self.clock() >= self.deadline

    @property
    def seconds(self) -> float:
        """How long it was given."""
        return max(0.0, self.deadline - self.started)

    def check_stop(self) -> None:
        if self.should_stop():
            raise Superseded("A newer operation has taken over.")

    def check(self, actual: Actual) -> None:
        """Raise ``Superseded`` if this operation has no say any more."""
        self.check_stop()
        if actual.fence > self.fence:
            raise Superseded(f"The app is at v{actual.fence} already, changed by a newer operation.")

    def bear(self, app: str, error: ClusterUnreachable) -> None:
        """Put up with a silent API server, until the deadline."""
        if self.expired:
            raise error
        if not self.silent:
            log.warning(app, "%s; trying again", error)
        self.silent = True

    def tell(self, phase: Phase, message: str) -> None:
        """Say what is done now."""
        self.phase, self.message = phase, message
        self.on_progress(Progress(phase=phase, message=message))

    def show(self, situation: Situation, *, last: bool = False) -> None:
        """Say how far the pods are, if it is news; at most once a second but for the ``last`` time."""
        if situation == self.situation or not (last or self.clock() - self.shown >= SHOW_EVERY):
            return
        self.situation, self.shown = situation, self.clock()
        self.on_progress(Progress(phase=self.phase, message=self.message, situation=situation))

    def extend(self, app: str, seconds: float) -> None:
        """Grant more time, once."""
        self.extended = True
        self.deadline += seconds
        message = f"Increasing timeout by {seconds:.0f}s to allow a pull image operation to finish for pods"
        log.info(app, message)
        self.on_progress(Progress(phase="rolling out", message=message, deadline=self.deadline))


Planner = Callable[[Actual], Plan]
Judge = Callable[[Actual], Problem | None]


def drive(kube: Kube, app: str, *, view: AppView, plan: Planner, judge: Judge, terms: Terms) -> None:
    """Apply what ``plan`` says until it is empty.

    ``judge`` is asked when nothing is left to apply, and at the deadline what to say.

    Raises:
        ProcessFailed: ``judge`` found something, or time is up; with the last log lines.
        Superseded: see ``Terms.check``.
        ClusterError: Kubernetes refused a change.
    """
    wait_for_view(view, terms=terms)
    while True:
        actual = view.read()
        terms.check(actual)
        planned = plan(actual)
        if planned.done:
            return
        if planned.changes and _apply_all(kube, app, planned.changes, view=view, terms=terms):
            continue
        problem = judge(actual)
        if problem is not None:
            raise build_failure(kube, app, problem)
        view.wait(TICK)


def wait_for_view(view: AppView, *, terms: Terms) -> None:
    """Return once the view knows the app.

    Raises:
        ClusterUnreachable: it does not by the deadline.
    """
    terms.check_stop()
    while not view.sync(TICK):
        terms.check_stop()
        if terms.expired:
            raise ClusterUnreachable("The Kubernetes API server does not answer")


def persist(app: str, step: Callable[[], T], *, terms: Terms) -> T:
    """Do a step that may be repeated, again and again while the API server is silent, up to the deadline."""

    def attempt() -> tuple[T] | None:
        terms.check_stop()
        try:
            return (step(),)
        except ClusterUnreachable as error:
            terms.bear(app, error)
            return None

    (result,) = wait_for(attempt, what="the Kubernetes API server", timeout=FOR_EVER, interval=TICK)
    return result


def build_failure(kube: Kube, app: str, problem: Problem) -> ProcessFailed:
    """The error for a problem, with what the container said last."""
    lines = read_last_lines(kube, app, problem)
    return ProcessFailed(
        problem.sentence, process_type=problem.process_type, log_lines=lines, event=problem.event
    )


def read_last_lines(kube: Kube, app: str, problem: Problem) -> tuple[str, ...]:
    """The last lines of the container's log; none if it never ran or its log is gone."""
    if not problem.pod:
        return ()
    for previous in (problem.previous, not problem.previous):
        try:
            text = kube.read_log(
                problem.pod,
                namespace=app,
                container=problem.container,
                tail=LOG_LINES,
                previous=previous,
            )
        except KubeError as error:
            plain_log.debug("no log of %s: %s", problem.pod, error)
            continue
        lines = text.splitlines()
        if lines:
            return tuple(line[:LINE_LIMIT] for line in lines)
    return ()


def _apply_all(kube: Kube, app: str, changes: tuple[Change, ...], *, view: AppView, terms: Terms) -> bool:
    """Apply changes in order; False when the API server is silent and it is time to wait a little."""
    for change in changes:
        terms.check_stop()
        try:
            as_planned = _apply(kube, app, change, view=view)
            terms.silent = False
            if not as_planned:
                return True
        except ClusterUnreachable as error:
            terms.bear(app, error)
            view.wait(TICK)
            return False
        except ClusterError as error:
            terms.check_stop()  # the app may be going away under us
            raise ProcessFailed(str(error), process_type=get_process_type(change)) from error
    return True


def _apply(kube: Kube, app: str, change: Change, *, view: AppView) -> bool:
    """Whether the Deployment was as the plan thought; else it has been read again."""
    try:
        view.remember(apply_change(kube, app, change))
    except ClusterChanged:
        _read_again(kube, app, change, view=view)
        return False
    return True


def get_process_type(change: Change) -> str:
    match change:
        case ApplyDeployment(manifest=manifest) | ScaleDeployment(live=manifest):
            return get_labels(manifest).get("type", "")
        case AdoptDeployment():
            return ""


def _read_again(kube: Kube, app: str, change: Change, *, view: AppView) -> None:
    live = getattr(change, "live", None)
    name = live["metadata"]["name"] if live else None
    if name is None:
        return
    with action(f'get Deployment "{name}" in Namespace "{app}"'):
        fresh = kube.find(DEPLOYMENTS, name, namespace=app)
    if fresh is not None:
        view.remember(fresh)
