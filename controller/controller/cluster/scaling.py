"""Changing how many pods of a type run (section 18), by hand and by an autoscaler (section 15)."""

from collections.abc import Callable, Mapping
from functools import partial

from controller.cluster.actual import Actual, AppView
from controller.cluster.answers import action
from controller.cluster.apply import apply_change, apply_object
from controller.cluster.deploying import Deployer, prepare
from controller.cluster.desired import Autoscale, DesiredApp
from controller.cluster.diagnosis import Problem, explain_delay, find_problem
from controller.cluster.errors import ClusterError, ScaleFailed
from controller.cluster.manifests.deployments import build_autoscaler
from controller.cluster.names import build_process_name
from controller.cluster.plan import Plan, plan_scale
from controller.cluster.situations import build_situation
from controller.cluster.waiting import drive
from kit.kube import HPAS, Kube
from kit.logs import app_logger

log = app_logger(__name__)


def scale(
    deployer: Deployer,
    desired: DesiredApp,
    *,
    counts: Mapping[str, int],
    previous_counts: Mapping[str, int],
) -> None:
    """Give each named type its count and wait for the pods; on failure ask for the old counts again.

    Raises:
        ScaleFailed: ``(scale): <reason>``
        Superseded: a newer operation took over; the counts are its business now.
    """
    deployer.tell("scaling", "Scaling " + " ".join(f"{kind}={count}" for kind, count in counts.items()))
    old = {kind: previous_counts.get(kind, 0) for kind in counts}
    try:
        prepare(deployer, desired)
        nodes = deployer.count_nodes(desired)
        with AppView(deployer.kube, desired.app) as view:
            plan = partial(_plan, desired, nodes=nodes, deployer=deployer)
            wanted = partial(plan, dict(counts), told=set())
            try:
                _drive(deployer, desired, view=view, plan=wanted, counts=counts)
            except ClusterError:
                _scale_back(deployer, plan(old, view.read(), told=set()), desired)
                raise
    except ClusterError as error:
        log.error(desired.app, "(scale): %s", error)
        raise ScaleFailed(f"(scale): {error}") from error


def apply_autoscale(kube: Kube, app: str, *, process_type: str, autoscale: Autoscale | None) -> None:
    """Create, change or delete a type's autoscaler.

    Raises:
        ClusterError: bounds that make no sense, or what Kubernetes said.
    """
    name = build_process_name(app, process_type)
    if autoscale is None:
        with action(f'delete HorizontalPodAutoscaler "{name}" in Namespace "{app}"'):
            kube.delete(HPAS, name, namespace=app)
        return
    if autoscale.min < 1:
        raise ClusterError("min replicas needs to be 1 or higher")
    if autoscale.max < autoscale.min:
        raise ClusterError("max replicas can not be smaller than min replicas")
    manifest = build_autoscaler(app, process_type, autoscale=autoscale)
    apply_object(kube, HPAS, manifest, words=f'update HorizontalPodAutoscaler "{name}"')


def _plan(
    desired: DesiredApp,
    counts: dict[str, int],
    actual: Actual,
    *,
    nodes: int,
    deployer: Deployer,
    told: set[str],
) -> Plan:
    """``told`` are the Deployments of which the app's log has been told: it is planned again and again."""
    plan = plan_scale(desired, counts, actual, nodes=nodes, options=deployer.options)
    for kind, count in counts.items():
        name = build_process_name(desired.app, kind)
        live = actual.deployments.get(name)
        if live is not None and name not in told:
            log.info(desired.app, *_describe(name, live["spec"].get("replicas", 1), count))
        told.add(name)
    return plan


def _describe(name: str, old: int, new: int) -> tuple[str, *tuple[object, ...]]:
    """What the log says of one Deployment."""
    if old == new:
        return "Not scaling Deployment %s to %d replicas. Already at desired replicas", name, new
    return "scaling Deployment %s from %d to %d replicas", name, old, new


def _drive(
    deployer: Deployer,
    desired: DesiredApp,
    *,
    view: AppView,
    plan: Callable[[Actual], Plan],
    counts: Mapping[str, int],
) -> None:
    judge = _build_judge(desired, counts, deployer=deployer)
    drive(deployer.kube, desired.app, view=view, plan=plan, judge=judge, terms=deployer.terms)
    _show(desired, view.read(), counts=counts, deployer=deployer, last=True)


def _show(
    desired: DesiredApp, actual: Actual, *, counts: Mapping[str, int], deployer: Deployer, last: bool = False
) -> None:
    wanted, types = sum(counts.values()), tuple(counts)
    situation = build_situation(actual, version=desired.version, wanted=wanted, types=types)
    deployer.terms.show(situation, last=last)


def _build_judge(
    desired: DesiredApp, counts: Mapping[str, int], *, deployer: Deployer
) -> Callable[[Actual], Problem | None]:
    terms, types = deployer.terms, list(counts)

    def judge(actual: Actual) -> Problem | None:
        _show(desired, actual, counts=counts, deployer=deployer)
        for kind in types:
            found = find_problem(
                actual,
                version=desired.version,
                now=terms.now,
                options=deployer.options,
                process_type=kind,
            )
            if found is not None:
                _show(desired, actual, counts=counts, deployer=deployer, last=True)
                return found
        if not terms.expired:
            return None
        kind = types[0] if len(types) == 1 else ""
        return explain_delay(actual, version=desired.version, seconds=terms.seconds, process_type=kind)

    return judge


def _scale_back(deployer: Deployer, plan: Plan, desired: DesiredApp) -> None:
    """Ask for the old counts, once; an error here is logged, for the first one is the one to tell."""
    for change in plan.changes:
        try:
            apply_change(deployer.kube, desired.app, change)
        except ClusterError as error:
            log.error(desired.app, "(scale): going back to the old counts: %s", error)
