"""What must change so that an app's Deployments are those of a release. Pure: wanted and actual to changes.

A Deployment belongs to the release whose UUID it carries, and its pod template is frozen from then on:
publishing the same release again, or a newer version of the platform, never restarts an app. Going back to a
release whose ReplicaSet is still there takes that one's template as it is, so its pods simply stay.
"""

from copy import deepcopy
from dataclasses import dataclass, replace

from controller.cluster.actual import (
    Actual,
    get_labels,
    get_release,
    get_template_release,
    get_template_version,
)
from controller.cluster.batches import AT_ONCE
from controller.cluster.desired import ClusterOptions, DesiredApp, Process
from controller.cluster.manifests.deployments import build_deployment
from controller.cluster.names import FENCE, RELEASE, build_process_name
from kit.kube import Manifest

HASH_LABEL = "pod-template-hash"


@dataclass(frozen=True, kw_only=True)
class ApplyDeployment:
    """Create a Deployment, or bring it to another release."""

    manifest: Manifest
    live: Manifest | None


@dataclass(frozen=True, kw_only=True)
class AdoptDeployment:
    """Mark a Deployment of an older installation, or of a newer operation, as ours; the template stays."""

    name: str
    annotations: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ScaleDeployment:
    live: Manifest
    replicas: int


Change = ApplyDeployment | AdoptDeployment | ScaleDeployment


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to do now, and which Deployments are still waited for. Nothing of either: it is as wanted."""

    changes: tuple[Change, ...] = ()
    waiting: tuple[str, ...] = ()

    @property
    def done(self) -> bool:
        return not self.changes and not self.waiting


def plan_rollout(desired: DesiredApp, actual: Actual, *, nodes: int, options: ClusterOptions) -> Plan:
    """Changes for the types that run pods; at most a handful of Deployments are under way at a time."""
    changes: list[Change] = []
    waiting: list[str] = []
    for process in sorted(desired.processes, key=lambda process: process.routable):
        if process.replicas == 0 or len(waiting) >= AT_ONCE:
            continue
        name = build_process_name(desired.app, process.type)
        live = actual.deployments.get(name)
        planned = plan_process(desired, process, actual, nodes=nodes, options=options)
        changes += planned
        if planned or live is None or not is_rolled_out(live):
            waiting.append(name)
    return Plan(changes=tuple(changes), waiting=tuple(waiting))


def plan_retirement(desired: DesiredApp, actual: Actual, *, nodes: int, options: ClusterOptions) -> Plan:
    """Changes for the types at zero, and zero for Deployments this release does not know.

    Nobody waits for them.
    """
    changes: list[Change] = []
    known = {build_process_name(desired.app, process.type) for process in desired.processes}
    for process in desired.processes:
        if process.replicas == 0:
            changes += plan_process(desired, process, actual, nodes=nodes, options=options)
    for name, live in actual.deployments.items():
        if name not in known and live["spec"].get("replicas", 1) != 0:
            changes.append(ScaleDeployment(live=live, replicas=0))
    return Plan(changes=tuple(changes))


def plan_process(
    desired: DesiredApp, process: Process, actual: Actual, *, nodes: int, options: ClusterOptions
) -> list[Change]:
    """Changes for one process type: at most two."""
    live = actual.deployments.get(build_process_name(desired.app, process.type))
    replicas = choose_replicas(process, live)
    if live is None or not carries(live, desired):
        manifest = build_deployment(desired, process, replicas=replicas, nodes=nodes, options=options)
        kept = keep_annotations(manifest, live) if live else manifest
        return [ApplyDeployment(manifest=restore_template(kept, desired, actual), live=live)]
    changes: list[Change] = []
    marks = {RELEASE: desired.release_uuid, FENCE: str(get_wanted_fence(desired))}
    annotations = live["metadata"].get("annotations") or {}
    if any(annotations.get(key) != value for key, value in marks.items()):
        changes.append(AdoptDeployment(name=live["metadata"]["name"], annotations=marks))
    if live["spec"].get("replicas", 1) != replicas:
        changes.append(ScaleDeployment(live=live, replicas=replicas))
    return changes


def plan_scale(
    desired: DesiredApp,
    counts: dict[str, int],
    actual: Actual,
    *,
    nodes: int,
    options: ClusterOptions,
) -> Plan:
    """Changes that give each of these types its count, and nothing else; a missing Deployment is made."""
    changes: list[Change] = []
    waiting: list[str] = []
    for process in desired.processes:
        if process.type not in counts:
            continue
        wanted = replace(process, replicas=counts[process.type], autoscaled=False)
        name = build_process_name(desired.app, process.type)
        live = actual.deployments.get(name)
        if live is None:
            planned = plan_process(desired, wanted, actual, nodes=nodes, options=options)
        elif live["spec"].get("replicas", 1) != wanted.replicas:
            planned = [ScaleDeployment(live=live, replicas=wanted.replicas)]
        else:
            planned = []
        changes += planned
        if planned or live is None or not is_rolled_out(live):
            waiting.append(name)
    return Plan(changes=tuple(changes), waiting=tuple(waiting))


def choose_replicas(process: Process, live: Manifest | None) -> int:
    """The wanted count; for an autoscaled type that runs, the count its autoscaler has chosen."""
    if live is None or not process.autoscaled or process.replicas == 0:
        return process.replicas
    return int(live["spec"].get("replicas", 1)) or process.replicas


def carries(live: Manifest, desired: DesiredApp) -> bool:
    """The Deployment is of this release; one of an older installation shows it by its version only."""
    own = get_release(live)
    if own and get_template_release(live):
        return own == desired.release_uuid and get_template_release(live) == desired.release_uuid
    return get_template_version(live) == desired.version


def keep_annotations(manifest: Manifest, live: Manifest) -> Manifest:
    """With the annotations that the operator gave the template, such as the name of a role or a wish for a sidecar."""
    template = manifest["spec"]["template"]
    found = live["spec"]["template"]["metadata"].get("annotations") or {}
    metadata = {**template["metadata"], "annotations": found | template["metadata"]["annotations"]}
    return {**manifest, "spec": {**manifest["spec"], "template": {**template, "metadata": metadata}}}


def restore_template(manifest: Manifest, desired: DesiredApp, actual: Actual) -> Manifest:
    """The manifest with the very template this release ran with before, if a ReplicaSet still has it."""
    process_type = get_labels(manifest)["type"]
    for replica_set in actual.replica_sets:
        template = replica_set["spec"]["template"]
        if get_release(template) == desired.release_uuid and get_labels(template).get("type") == process_type:
            old = deepcopy(template)
            old["metadata"]["labels"].pop(HASH_LABEL, None)
            return {**manifest, "spec": {**manifest["spec"], "template": old}}
    return manifest


def get_wanted_fence(desired: DesiredApp) -> int:
    return max(desired.fence, desired.version)


def is_rolled_out(live: Manifest) -> bool:
    """Every wanted pod is of the present template and available, and no other is left (section 17.7)."""
    status = live.get("status") or {}
    if status.get("observedGeneration", 0) < live["metadata"].get("generation", 0):
        return False
    wanted = live["spec"].get("replicas", 1)
    counts = (status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas"))
    return not status.get("unavailableReplicas") and all(count == wanted for count in counts)
