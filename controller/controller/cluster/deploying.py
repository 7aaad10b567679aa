"""Deploying a release, and going back to the last good one when it fails (section 16).

The old release serves until the new one is ready: workers first, then what gets traffic, then the Service,
and only then do the types that are no longer wanted go.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from controller.cluster.actual import Actual, AppView, get_release
from controller.cluster.answers import action
from controller.cluster.apply import apply_object
from controller.cluster.basics import ensure_app_basics
from controller.cluster.batches import compute_deploy_seconds
from controller.cluster.cleaning import cleanup
from controller.cluster.desired import ClusterOptions, DesiredApp, Phase, Progress
from controller.cluster.diagnosis import (
    Problem,
    explain_delay,
    find_problem,
    is_update,
    measure_slow_pull,
    select_pods,
)
from controller.cluster.errors import ClusterError, DeployFailed, ProcessFailed
from controller.cluster.manifests.secrets import build_env_secret, build_pull_secret_manifest
from controller.cluster.names import build_process_name
from controller.cluster.nodes import count_nodes
from controller.cluster.plan import get_wanted_fence, plan_retirement, plan_rollout
from controller.cluster.podstates import is_ready
from controller.cluster.routercheck import check_router
from controller.cluster.services import point_service, prepare_service
from controller.cluster.situations import build_situation
from controller.cluster.waiting import EXTENSION, REPORT_EVERY, Terms, drive, persist
from kit.kube import SECRETS, Kube
from kit.logs import app_logger

log = app_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Deployer:
    """What every step of a deploy needs."""

    kube: Kube
    options: ClusterOptions
    terms: Terms

    def tell(self, phase: Phase, message: str) -> None:
        self.terms.tell(phase, message)

    def persist(self, app: str, step: Callable[[], T]) -> T:
        return persist(app, step, terms=self.terms)

    def count_nodes(self, desired: DesiredApp) -> int:
        """The nodes the app may run on, at least one."""
        return max(1, self.persist(desired.app, lambda: count_nodes(self.kube, desired.tags)))


def deploy(
    deployer: Deployer, desired: DesiredApp, *, previous: DesiredApp | None, failed_with: str = ""
) -> None:
    """Bring the app to ``desired``, or back to ``previous``.

    Raises:
        DeployFailed: with the text of section 16.5.
        Superseded: a newer operation took over.
        ClusterError: not even the app's basics and Secrets could be made; what ran runs on.
    """
    if failed_with:
        roll_back(deployer, desired, previous=previous, cause=failed_with)
    deployer.tell("preparing", f"Preparing v{desired.version}")
    prepare(deployer, desired)
    try:
        roll_out(deployer, desired, first=previous is None)
    except ClusterError as error:
        roll_back(deployer, desired, previous=previous, cause=str(error))
    if previous is None and desired.service.routable:
        check_router(desired, options=deployer.options, should_stop=deployer.terms.should_stop)
    deployer.tell("cleaning up", f"Removing what v{desired.version} does not need")
    cleanup(deployer.kube, desired.app, version=desired.version)


def prepare(deployer: Deployer, desired: DesiredApp) -> None:
    """The app's basics and the Secrets its pods refer to. The release that runs is not touched by this."""
    kube, options = deployer.kube, deployer.options
    app, service, quota = desired.app, desired.service, desired.quota
    deployer.persist(app, lambda: ensure_app_basics(kube, app, service=service, quota=quota, options=options))
    deployer.persist(app, lambda: apply_secrets(kube, desired))


def apply_secrets(kube: Kube, desired: DesiredApp) -> None:
    """The env secret is frozen like the pod template that refers to it: it is written once for a release."""
    manifest = build_env_secret(desired)
    name = manifest["metadata"]["name"]
    with action(f'get Secret "{name}" in Namespace "{desired.app}"'):
        live = kube.find(SECRETS, name, namespace=desired.app)
    manifests = [] if live is not None and get_release(live) == desired.release_uuid else [manifest]
    pull_secret = desired.pull_secret and build_pull_secret_manifest(desired.app, desired.pull_secret)
    for secret in [*manifests, *([pull_secret] if pull_secret else [])]:
        words = f'update Secret "{secret["metadata"]["name"]}" in Namespace "{desired.app}"'
        apply_object(kube, SECRETS, secret, words=words)


def roll_out(deployer: Deployer, desired: DesiredApp, *, first: bool = False) -> None:
    """Deployments, then the Service, then the types at zero. ``first``: nothing of the app serves yet.

    Raises:
        ClusterError: with the text for the client, but for its prefix.
    """
    kube, terms = deployer.kube, deployer.terms
    nodes = deployer.count_nodes(desired)
    rollout = partial(plan_rollout, desired, nodes=nodes, options=deployer.options)
    retirement = partial(plan_retirement, desired, nodes=nodes, options=deployer.options)
    deployer.tell("rolling out", f"Rolling out v{desired.version}")
    with AppView(kube, desired.app) as view:
        run = partial(drive, kube, desired.app, view=view, terms=terms)
        judge = build_judge(desired, options=deployer.options, terms=terms)
        try:
            deployer.persist(desired.app, lambda: prepare_service(kube, desired, first=first))
            run(plan=rollout, judge=judge)
            show(desired, view.read(), terms=terms, last=True)
            deployer.tell("switching", f"Sending requests to v{desired.version}")
            deployer.persist(desired.app, lambda: point_service(kube, desired))
            run(plan=retirement, judge=judge)
        except ProcessFailed as error:
            raise ClusterError(describe_failure(desired, error, actual=view.read())) from error


def roll_back(deployer: Deployer, desired: DesiredApp, *, previous: DesiredApp | None, cause: str) -> None:
    """Run the last good release again, if there is one, and say so. It always raises.

    Raises:
        DeployFailed: see ``deploy``.
    """
    if previous is None or previous.release_uuid == desired.release_uuid:
        log.error(desired.app, "(app::deploy): %s", cause)
        raise DeployFailed(cause, cause=cause, rolled_back_to=None)
    text = (
        f"There was a problem deploying v{desired.version}. "
        f"Rolling back process types to release v{previous.version}."
    )
    log.error(desired.app, text)
    old = replace(previous, fence=get_wanted_fence(desired))
    terms = renew_terms(old, terms=deployer.terms)
    terms.phase, terms.message = "rolling back", text
    terms.on_progress(Progress(phase="rolling back", message=text, cause=cause, deadline=terms.deadline))
    again = replace(deployer, terms=terms)
    try:
        grant_time(again, old)
        prepare(again, old)
        roll_out(again, old)
    except ClusterError as error:
        reason = str(error)
        log.error(desired.app, "(app::deploy): %s", reason)
        both = reason if reason.startswith("(app::deploy): ") else f"(app::deploy): {reason}"
        raise DeployFailed(f"{both}\n{text}\n{cause}", cause=cause, rolled_back_to=None) from error
    cleanup(deployer.kube, old.app, version=old.version)
    failure = DeployFailed(f"{text}\n{cause}", cause=cause, rolled_back_to=previous.version)
    log.error(desired.app, str(failure))
    raise failure


def renew_terms(desired: DesiredApp, *, terms: Terms) -> Terms:
    """Time of its own for going back: as much as one node needs, until it is known how many there are."""
    return Terms(
        deadline=terms.clock() + compute_deploy_seconds(desired, nodes=1),
        should_stop=terms.should_stop,
        on_progress=terms.on_progress,
        fence=terms.fence,
        clock=terms.clock,
    )


def grant_time(deployer: Deployer, desired: DesiredApp) -> None:
    """As much time as it takes on the nodes that there are."""
    seconds = compute_deploy_seconds(desired, nodes=deployer.count_nodes(desired))
    terms = deployer.terms
    terms.deadline = terms.clock() + seconds
    terms.on_progress(Progress(phase=terms.phase, message=terms.message, deadline=terms.deadline))


def build_judge(
    desired: DesiredApp, *, options: ClusterOptions, terms: Terms
) -> Callable[[Actual], Problem | None]:
    """Says whether going on is of use: asked after every change, it reports how it goes now and then."""
    reported = terms.clock()

    def judge(actual: Actual) -> Problem | None:
        nonlocal reported
        version, now = desired.version, terms.now
        show(desired, actual, terms=terms)
        problem = find_problem(actual, version=version, now=now, options=options)
        if problem is not None:
            show(desired, actual, terms=terms, last=True)
            return problem
        pulling = measure_slow_pull(actual, version=version, now=now)
        if pulling and not terms.extended:
            log.info(desired.app, "Kubernetes has been pulling the image for %ds", pulling)
            terms.extend(desired.app, EXTENSION)
        if terms.clock() - reported >= REPORT_EVERY:
            reported = terms.clock()
            ready = sum(is_ready(pod) for pod in select_pods(actual, version=version))
            log.info(desired.app, "waited %ds and %d pods are in service", reported - terms.started, ready)
        return explain_delay(actual, version=version, seconds=terms.seconds) if terms.expired else None

    return judge


def show(desired: DesiredApp, actual: Actual, *, terms: Terms, last: bool = False) -> None:
    wanted = sum(process.replicas for process in desired.processes)
    terms.show(build_situation(actual, version=desired.version, wanted=wanted), last=last)


def describe_failure(desired: DesiredApp, error: ProcessFailed, *, actual: Actual) -> str:
    """The cause, with the specification's heading when the type has run another release before."""
    kind = error.process_type
    if not kind or not is_update(actual, version=desired.version, process_type=kind):
        return str(error)
    name = build_process_name(desired.app, kind)
    return (
        f"There was a problem while deploying v{desired.version} of {name}. Additional information:\n{error}"
    )
