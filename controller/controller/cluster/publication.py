"""Comparing an app in the cluster with what it should be, without changing anything."""

from collections.abc import Callable
from datetime import UTC, datetime

from controller.cluster.actual import Actual, by_name, get_fence, get_release, get_template_version
from controller.cluster.answers import action
from controller.cluster.basics import ensure_rights, namespace_exists
from controller.cluster.desired import ClusterOptions, DesiredApp, LiveRelease
from controller.cluster.diagnosis import find_problem
from controller.cluster.errors import ClusterAnswerError
from controller.cluster.manifests.services import choose_target, plan_target_patch
from controller.cluster.names import build_app_labels, build_env_secret_name, render_selector
from controller.cluster.plan import get_wanted_fence, plan_retirement, plan_rollout
from controller.cluster.waiting import build_failure
from kit.kube import (
    DEPLOYMENTS,
    EVENTS,
    PODS,
    REPLICASETS,
    SECRETS,
    SERVICES,
    Kube,
    KubeForbidden,
    Manifest,
    Resource,
)


def read_all(kube: Kube, app: str, resource: Resource) -> tuple[Manifest, ...]:
    """All objects of one kind that belong to the app."""
    labels = None if resource is EVENTS else render_selector(build_app_labels(app))
    with action(f'get {resource.kind}s in Namespace "{app}"'):
        return tuple(kube.list(resource, namespace=app, labels=labels))


OnAhead = Callable[[int], None]
"""Told the version that the cluster is at when it is ahead."""


def ignore_ahead(_: int) -> None: ...


def read_actual(kube: Kube, app: str) -> Actual:
    """One picture of the app, by four lists."""
    return Actual(
        deployments=by_name(read_all(kube, app, DEPLOYMENTS)),
        replica_sets=read_all(kube, app, REPLICASETS),
        pods=read_all(kube, app, PODS),
        events=read_all(kube, app, EVENTS),
    )


def differs(kube: Kube, desired: DesiredApp, *, options: ClusterOptions, on_ahead: OnAhead) -> bool:
    """Whether a deploy would change something. An app that is ahead of ``desired`` is left alone."""
    app = desired.app
    try:
        actual = Actual(  # plans look at nothing else
            deployments=by_name(read_all(kube, app, DEPLOYMENTS)),
            replica_sets=read_all(kube, app, REPLICASETS),
        )
        with action(f'get Service "{app}" in Namespace "{app}"'):
            service = kube.find(SERVICES, app, namespace=app)
            secret = kube.find(SECRETS, build_env_secret_name(app, desired.version), namespace=app)
    except ClusterAnswerError:  # no namespace, or no rights in it yet
        return True
    if actual.fence > get_wanted_fence(desired):
        on_ahead(actual.fence)
        return False
    if service is None or plan_target_patch(service, choose_target(desired)):
        return True
    if desired.processes and (secret is None or get_release(secret) not in ("", desired.release_uuid)):
        return True
    plans = [plan(desired, actual, nodes=1, options=options) for plan in (plan_rollout, plan_retirement)]
    return any(plan.changes for plan in plans)


def get_live_release(kube: Kube, app: str, *, options: ClusterOptions) -> LiveRelease | None:
    """The newest release that a Deployment of the app carries; None without one, or without a namespace."""
    if not namespace_exists(kube, app):
        return None
    labels = render_selector(build_app_labels(app))
    with action(f'get Deployments in Namespace "{app}"'):
        try:
            deployments = kube.list(DEPLOYMENTS, namespace=app, labels=labels)
        except KubeForbidden:  # a namespace of an older installation: the rights in it are ours to take
            ensure_rights(kube, app, options=options)
            deployments = kube.list(DEPLOYMENTS, namespace=app, labels=labels)
    if not deployments:
        return None
    newest = max(deployments, key=get_template_version)
    return LiveRelease(
        version=get_template_version(newest),
        release_uuid=get_release(newest),
        fence=max(map(get_fence, deployments)),
    )


def get_diagnosis(
    kube: Kube, app: str, *, version: int, process_type: str | None, options: ClusterOptions
) -> str:
    """What is wrong with the pods of a release, with the last log lines; empty if nothing is."""
    problem = find_problem(
        read_actual(kube, app),
        version=version,
        now=datetime.now(UTC),
        options=options,
        process_type=process_type or "",
    )
    return "" if problem is None else str(build_failure(kube, app, problem))
