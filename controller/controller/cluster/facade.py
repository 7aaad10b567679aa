"""The one door into Kubernetes for the services and operations of the controller.

Every method may be called again after a crash at any instant and converges: what to do is planned from what
is there. None of them touches the database. Deadlines are seconds since the epoch (``time.time()``), so they
mean the same in the process that resumes. ``should_stop`` is asked at least once a second while something is
waited for.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

from controller.cluster import (
    basics,
    certificates,
    cleaning,
    deploying,
    destroying,
    nodes,
    platformpods,
    pods,
    publication,
    registrysecrets,
    running,
    scaling,
    services,
    typeservices,
    usage,
)
from controller.cluster.batches import compute_deploy_seconds
from controller.cluster.desired import (
    Autoscale,
    ClusterOptions,
    DesiredApp,
    LiveRelease,
    OnProgress,
    PodInfo,
    PodUsage,
    RunResult,
    ServiceState,
    ShouldStop,
    ignore_progress,
    never_stop,
)
from controller.cluster.plan import get_wanted_fence
from controller.cluster.publication import OnAhead, ignore_ahead
from controller.cluster.terminals import Terminals
from controller.cluster.waiting import Terms
from kit.kube import Kube


class Cluster:
    """Thread-safe; one for the process."""

    def __init__(
        self, kube: Kube, options: ClusterOptions, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._kube = kube
        self._options = options
        self._clock = clock
        self.terminals = Terminals(kube, options)

    # an app's place

    def namespace_exists(self, app: str) -> bool:
        """Whether a namespace of that name exists, ours or not.

        An unreachable API server raises ClusterError.
        """
        return basics.namespace_exists(self._kube, app)

    def ensure_app_basics(self, app: str, *, service: ServiceState, quota: Mapping[str, Any] | None) -> None:
        """Create what is missing of namespace, rights, quota, Service and Ingress; change nothing else.

        Raises:
            ClusterError: with the specification's 503 texts (section 4.3). A namespace this very call made is
                deleted again.
        """
        basics.ensure_app_basics(self._kube, app, service=service, quota=quota, options=self._options)

    def update_service(self, app: str, *, service: ServiceState) -> None:
        """Write the router's annotations and label, if they differ. All else on the Service stays.

        Raises:
            ClusterError: ``Could not fetch Kubernetes Service <app>``, ``Could not update Kubernetes Service
            <app>``.
        """
        services.update_service(self._kube, app, state=service, options=self._options)

    def delete_type_service(self, app: str, process_type: str) -> None:
        """Delete the Service of a process type; a missing one is fine.

        Raises:
            ClusterError: ``Could not delete Kubernetes Service <app>-<type>``.
        """
        typeservices.delete_type_service(self._kube, app, process_type)

    def destroy_app(self, app: str, *, deadline: float, should_stop: ShouldStop = never_stop) -> bool:
        """Delete the namespace and wait until it is gone; False when it still goes on at the deadline.

        Raises:
            ClusterError: ``Could not delete Kubernetes Namespace <app> within 30 seconds``: it was not
            accepted.
        """
        terms = self._build_terms(deadline, should_stop)
        return destroying.destroy_app(self._kube, app, terms=terms)

    def withdraw_namespace(self, app: str, *, deadline: float, should_stop: ShouldStop = never_stop) -> None:
        """Delete the namespace that a failed creation left, if there is one and it is ours; nobody waits for its end.

        Raises:
            ClusterError: it was refused, or the API server was silent until the deadline.
        """
        destroying.withdraw_namespace(self._kube, app, terms=self._build_terms(deadline, should_stop))

    # releases

    def get_deploy_seconds(self, desired: DesiredApp) -> float:
        """How long a rollout of this may take: batches x (timeout + probe delay)."""
        count = max(1, nodes.count_nodes(self._kube, desired.tags))
        return compute_deploy_seconds(desired, nodes=count)

    def deploy(
        self,
        desired: DesiredApp,
        *,
        previous: DesiredApp | None,
        deadline: float,
        on_progress: OnProgress = ignore_progress,
        should_stop: ShouldStop = never_stop,
        failed_with: str = "",
    ) -> None:
        """Bring the app to this release: basics, secrets, Deployments, wait, Service, router check, clean-up.

        ``previous`` is the last good release with a build (the release itself, if it is only published
        again), or None (then nothing can be gone back to, and the router is asked whether it serves the app).
        On failure ``previous`` is deployed again, with a deadline of its own, before ``DeployFailed`` is
        raised. ``failed_with`` resumes a call that was already going back.

        Raises:
            DeployFailed: its text is for the client.
            Superseded: ``should_stop`` said so, or the cluster carries a higher fence. Nothing was undone.
        """
        deployer = self._build_deployer(desired, deadline, should_stop, on_progress)
        deploying.deploy(deployer, desired, previous=previous, failed_with=failed_with)

    def scale(
        self,
        desired: DesiredApp,
        *,
        counts: Mapping[str, int],
        previous_counts: Mapping[str, int],
        deadline: float,
        on_progress: OnProgress = ignore_progress,
        should_stop: ShouldStop = never_stop,
    ) -> None:
        """Run so many of each named type; types that are not named stay. A missing Deployment is created.

        ``desired.processes`` must have every type of both mappings (their own ``replicas`` are not looked
        at).

        Raises:
            ScaleFailed: the types have been asked back to ``previous_counts`` (not waited for).
            Superseded: see ``deploy``.
        """
        deployer = self._build_deployer(desired, deadline, should_stop, on_progress)
        scaling.scale(deployer, desired, counts=counts, previous_counts=previous_counts)

    def differs(self, desired: DesiredApp, *, on_ahead: OnAhead = ignore_ahead) -> bool:
        """Whether a deploy of this would change anything (re-publication at start). Reads only.

        An app that is ahead of this is left alone; ``on_ahead`` is told how far it is.
        """
        return publication.differs(self._kube, desired, options=self._options, on_ahead=on_ahead)

    def get_live_release(self, app: str) -> LiveRelease | None:
        """The newest release any Deployment of the app carries.

        None when there is no Deployment or namespace.
        """
        return publication.get_live_release(self._kube, app, options=self._options)

    def cleanup(self, app: str, *, version: int) -> None:
        """Delete env secrets without a ReplicaSet and pods of other versions (section 21).

        Errors are logged.
        """
        cleaning.cleanup(self._kube, app, version=version)

    # processes

    def list_pods(
        self, app: str, *, version: int, process_type: str | None = None, name: str | None = None
    ) -> list[PodInfo]:
        """Pods as ``deis ps`` shows them (section 22.2), newest first.

        An error answer of Kubernetes gives [].

        Raises:
            ClusterError: ``(list pods): <error>`` when the API server can't be reached.
        """
        selection = pods.Selection(version=version, process_type=process_type, name=name)
        return pods.list_pods(self._kube, app, selection)

    def list_usage(self, app: str, *, process_type: str | None = None) -> list[PodUsage]:
        """CPU and memory of every pod of the app that has not ended, by type and name.

        Raises:
            Unmeasured: the cluster has no metrics API.
            ClusterError: the metrics API or the API server does not answer, or refuses.
        """
        return usage.list_usage(self._kube, app, process_type=process_type)

    def restart(
        self,
        app: str,
        *,
        version: int,
        process_type: str | None = None,
        name: str | None = None,
        deadline: float,
        on_progress: OnProgress = ignore_progress,
        should_stop: ShouldStop = never_stop,
    ) -> list[PodInfo]:
        """Delete the named pods and wait for their replacements (section 19).

        Failing pods are only logged.
        """
        selection = pods.Selection(version=version, process_type=process_type, name=name)
        terms = self._build_terms(deadline, should_stop, on_progress)
        return pods.restart(self._kube, app, selection, options=self._options, terms=terms)

    def get_diagnosis(self, app: str, *, version: int, process_type: str | None = None) -> str:
        """Why pods of that release are not up: sentences with last log lines; empty when nothing is wrong."""
        return publication.get_diagnosis(
            self._kube, app, version=version, process_type=process_type, options=self._options
        )

    def run(self, desired: DesiredApp, command: str, *, pod_name: str, timeout: float = 1200.0) -> RunResult:
        """Run one command in a pod of its own and return its end (section 20). The pod is always deleted.

        ``desired.processes`` has one process of type ``run``, made with ``commands.build_run_command``.
        ``pod_name`` comes from ``names.build_run_pod_name``.

        Raises:
            RunFailed: ``<pod> (run): <reason>``.
        """
        run = self._build_run(desired, command, pod_name, timeout)
        return running.run_command(self._kube, run)

    def build_run_pod(
        self, desired: DesiredApp, command: str, *, pod_name: str, timeout: float = 1200.0
    ) -> dict[str, Any]:
        """The manifest of such a pod, for callers that attach to it themselves."""
        return running.build_pod(self._build_run(desired, command, pod_name, timeout))

    def apply_autoscale(self, app: str, *, process_type: str, autoscale: Autoscale | None) -> None:
        """Create, change or delete (None) the type's autoscaler (section 15).

        Raises:
            ClusterError: with ``min replicas needs to be 1 or higher``, ``max replicas can not be smaller
            than
                min replicas``, or what Kubernetes said.
        """
        scaling.apply_autoscale(self._kube, app, process_type=process_type, autoscale=autoscale)

    # nodes and certificates

    def count_nodes(self, tags: Mapping[str, str]) -> int:
        """How many nodes carry all these labels (all nodes when there are none)."""
        return nodes.count_nodes(self._kube, tags)

    def get_platform_registry(self) -> dict[str, str] | None:
        """Hostname, organization, username, password of an off-cluster registry.

        None if there is no such Secret.
        """
        return registrysecrets.get_platform_registry(self._kube, namespace=self._options.platform_namespace)

    def has_platform_pod(self, name: str) -> bool:
        """Whether this pod of the platform still is there, if only to end."""
        return platformpods.has_pod(self._kube, name, namespace=self._options.platform_namespace)

    def list_platforms(self) -> frozenset[str]:
        """What the nodes run, such as ``linux/amd64``.

        The images the cluster can use are made for one of these.
        """
        return nodes.list_platforms(self._kube)

    def apply_certificate(self, app: str, *, name: str, certificate: str, key: str) -> None:
        """Create or change Secret ``<name>-cert`` (kubernetes.io/tls) in the app's namespace.

        Raises:
            ClusterError: ``There was a problem updating the certificate secret <name>-cert for <app>``.
        """
        certificates.apply_certificate(self._kube, app, name=name, certificate=certificate, key=key)

    def delete_certificate(self, app: str, *, name: str) -> None:
        """Delete Secret ``<name>-cert``; a missing one is fine.

        Raises:
            ClusterError: ``Could not delete certificate secret <name>-cert for application <app>``.
        """
        certificates.delete_certificate(self._kube, app, name=name)

    def _build_terms(
        self,
        deadline: float,
        should_stop: ShouldStop,
        on_progress: OnProgress = ignore_progress,
        fence: int = 0,
    ) -> Terms:
        return Terms(
            deadline=deadline,
            should_stop=should_stop,
            on_progress=on_progress,
            fence=fence,
            clock=self._clock,
        )

    def _build_deployer(
        self, desired: DesiredApp, deadline: float, should_stop: ShouldStop, on_progress: OnProgress
    ) -> deploying.Deployer:
        terms = self._build_terms(deadline, should_stop, on_progress, get_wanted_fence(desired))
        return deploying.Deployer(kube=self._kube, options=self._options, terms=terms)

    def _build_run(self, desired: DesiredApp, command: str, pod_name: str, timeout: float) -> running.Run:
        return running.Run(
            desired=desired,
            command=command,
            pod_name=pod_name,
            timeout=timeout,
            options=self._options,
            terms=self._build_terms(self._clock() + timeout, never_stop),
        )
