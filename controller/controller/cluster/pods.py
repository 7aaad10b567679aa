"""Listing and restarting an app's pods (sections 19 and 22)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from controller.cluster.actual import Actual, AppView, get_labels
from controller.cluster.answers import action
from controller.cluster.desired import ClusterOptions, PodInfo
from controller.cluster.diagnosis import find_problem, select_pods
from controller.cluster.environment import render_time
from controller.cluster.errors import ClusterAnswerError, ClusterError
from controller.cluster.names import RUN_TYPE, build_app_labels, render_selector
from controller.cluster.podstates import NOT_CREATED, find_container_status, get_state, is_deleted, is_up
from controller.cluster.situations import build_situation
from controller.cluster.waiting import TICK, Terms, persist, wait_for_view
from kit.kube import EVENTS, PODS, Kube, Manifest
from kit.logs import app_logger

log = app_logger(__name__)

SHORT_NAME_HYPHENS = 2
HIDDEN_STATES = ("down", "crashed")


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which pods are meant: those of a release, of one type of it, or one pod by name."""

    version: int
    process_type: str | None = None
    name: str | None = None


def list_pods(kube: Kube, app: str, selection: Selection) -> list[PodInfo]:
    """As ``deis ps`` shows them, newest first.

    Raises:
        ClusterError: ``(list pods): <error>`` when the API server did not answer at all.
    """
    try:
        pods = find_pods(kube, app, selection)
        events = _read_events(kube, app) if any(map(_is_being_made, pods)) else []
    except ClusterAnswerError:
        return []
    except ClusterError as error:
        log.error(app, "(list pods): %s", error)
        raise ClusterError(f"(list pods): {error}") from error
    return describe_pods(pods, events, now=datetime.now(UTC))


def describe_pods(pods: list[Manifest], events: list[Manifest], *, now: datetime) -> list[PodInfo]:
    """The visible ones: no one-off pods, none that has ended or is past its deletion."""
    shown: list[PodInfo] = []
    for pod in pods:
        labels = get_labels(pod)
        uid = pod["metadata"]["uid"]
        state = get_state(pod, [e for e in events if e.get("involvedObject", {}).get("uid") == uid])
        if labels.get("type") == RUN_TYPE or state in HIDDEN_STATES or is_deleted(pod, now=now):
            continue
        shown.append(
            PodInfo(
                name=pod["metadata"]["name"],
                state=state,
                release=labels.get("version", ""),
                type=labels.get("type", ""),
                started=pod.get("status", {}).get("startTime") or render_time(now),
            )
        )
    return sorted(shown, key=lambda info: info.started, reverse=True)


def find_pods(kube: Kube, app: str, selection: Selection) -> list[Manifest]:
    """With a name that one pod, whatever its type and version, if it is the app's own."""
    if selection.name is not None:
        name = complete_name(app, selection.name)
        with action(f'get Pod "{name}" in Namespace "{app}"'):
            pod = kube.get(PODS, name, namespace=app)
        return [pod] if {"app", "type"} <= get_labels(pod).keys() else []
    labels = build_app_labels(app) | {"version": f"v{selection.version}"}
    if selection.process_type is not None:
        labels["type"] = selection.process_type
    with action(f'get Pods in Namespace "{app}"'):
        return kube.list(PODS, namespace=app, labels=render_selector(labels))


def complete_name(app: str, name: str) -> str:
    """``web-1269180282-1nyfz`` is short for ``<app>-web-1269180282-1nyfz``, also of an app that is called web."""
    return f"{app}-{name}" if name.count("-") == SHORT_NAME_HYPHENS else name


def restart(
    kube: Kube, app: str, selection: Selection, *, options: ClusterOptions, terms: Terms
) -> list[PodInfo]:
    """Delete the pods that are meant, wait for as many new ones, and list what is there then beside the deleted.

    Failures are logged and nothing more. A name nobody has gives [].
    """
    try:
        old = [pod for pod in find_pods(kube, app, selection) if get_labels(pod).get("type") != RUN_TYPE]
    except ClusterAnswerError:
        return []
    if not old:
        return []
    terms.tell("restarting", f"Restarting {selection.name or selection.process_type or 'all pods'}")
    kind = selection.process_type if selection.name is None else get_labels(old[0]).get("type")
    gone = {pod["metadata"]["uid"] for pod in old}
    with AppView(kube, app) as view:
        wait_for_view(view, terms=terms)
        before = view.read()
        known = gone | {pod["metadata"]["uid"] for pod in before.pods}
        wanted = 1 if selection.name is not None else count_wanted(before, selection)
        _delete_all(kube, app, old, terms=terms)

        def check(actual: Actual) -> bool:
            fresh = _select_fresh(actual, version=selection.version, kind=kind, known=known)
            left = [pod for pod in actual.pods if pod["metadata"]["uid"] in gone and is_up(pod)]
            return not left and sum(map(is_up, fresh)) >= wanted

        def show(actual: Actual, last: bool) -> None:
            fresh = replace(
                actual, pods=tuple(_select_fresh(actual, version=selection.version, kind=kind, known=known))
            )
            terms.show(build_situation(fresh, version=selection.version, wanted=wanted), last=last)

        actual = _wait(app, view, check, show, selection=selection, options=options, terms=terms)
        if selection.name is None:
            names = {pod["metadata"]["name"] for pod in old}  # some may still be ending
            return [pod for pod in list_pods(kube, app, selection) if pod.name not in names]
        fresh = _select_fresh(actual, version=selection.version, kind=kind, known=known)
        return describe_pods(fresh, list(actual.events), now=terms.now)[:1]


def count_wanted(actual: Actual, selection: Selection) -> int:
    """How many pods the ReplicaSets of the release want."""
    wanted = 0
    for replica_set in actual.replica_sets:
        labels = get_labels(replica_set)
        if labels.get("version") == f"v{selection.version}" and selection.process_type in (
            None,
            labels.get("type"),
        ):
            wanted += replica_set["spec"].get("replicas", 0)
    return wanted


def _wait(
    app: str,
    view: AppView,
    check: Callable[[Actual], bool],
    show: Callable[[Actual, bool], None],
    *,
    selection: Selection,
    options: ClusterOptions,
    terms: Terms,
) -> Actual:
    """Until ``check`` holds, a pod is beyond hope, somebody says stop, or time is up."""
    while True:
        actual = view.read()
        if check(actual) or terms.should_stop():
            show(actual, True)
            return actual
        show(actual, False)
        problem = find_problem(
            actual,
            version=selection.version,
            now=terms.now,
            options=options,
            process_type=selection.process_type or "",
        )
        if problem is not None or terms.expired:
            reason = problem.sentence if problem else "timeout - 5 minutes have passed and pods are not up"
            log.warning(app, "warning, some pods failed to start:\n%s", reason)
            show(actual, True)
            return actual
        view.wait(TICK)


def _delete_all(kube: Kube, app: str, pods: list[Manifest], *, terms: Terms) -> None:
    """Patient while the API server is silent."""

    def delete(name: str, uid: str) -> None:
        with action(f'delete Pod "{name}" in Namespace "{app}"'):
            kube.delete(PODS, name, namespace=app, uid=uid)

    for pod in pods:
        metadata = pod["metadata"]
        try:
            persist(app, partial(delete, metadata["name"], metadata["uid"]), terms=terms)
        except ClusterError as error:
            log.warning(app, "warning, some pods failed to stop:\n%s", error)


def _select_fresh(actual: Actual, *, version: int, kind: str | None, known: set[str]) -> list[Manifest]:
    pods = select_pods(actual, version=version, process_type=kind or "")
    return [pod for pod in pods if pod["metadata"]["uid"] not in known]


def _read_events(kube: Kube, app: str) -> list[Manifest]:
    with action(f"get Events in Namespace {app}"):
        return kube.list(EVENTS, namespace=app, fields="involvedObject.kind=Pod")


def _is_being_made(pod: Manifest) -> bool:
    waiting = (find_container_status(pod) or {}).get("state", {}).get("waiting") or {}
    return bool(waiting.get("reason") == NOT_CREATED)
