"""Bringing the cluster up: the parts in their order.

Every step makes something so and is safe to call twice, so adopting a healthy cluster, repairing
a broken one and making a new one are the same walk.
"""

from collections.abc import Callable
from pathlib import Path

from devcluster import containerd, controlplane, leftovers, machine, metricsserver, network, nodes
from devcluster.baseimage import apply_base_image
from devcluster.certificates import apply_certificates, build_certificates
from devcluster.checks import check_machine, check_ports
from devcluster.dns import is_dns_answering
from devcluster.errors import ClusterBroken, ClusterDown, DeadlineExceeded
from devcluster.files import delete_tree
from devcluster.images import apply_program_image
from devcluster.kube import Kube
from devcluster.kubeconfigs import apply_kubeconfigs
from devcluster.locks import lock_held
from devcluster.manifests import build_objects
from devcluster.nodes import Node, build_nodes
from devcluster.packages import apply_packages
from devcluster.processes import Process, apply_process, list_instances, list_running
from devcluster.programs import (
    COREDNS,
    HELM,
    KUBERNETES,
    METRICS_SERVER,
    PAUSE,
    REGISTRY,
    apply_links,
    apply_program,
)
from devcluster.progress import step
from devcluster.registry import apply_registry_configs, build_registry, is_registry_answering
from devcluster.settings import Settings
from devcluster.storage import apply_volumes
from devcluster.teardown import stop_cluster
from devcluster.waiting import wait_for

NOBODY = "65532:65532"
UNHEALTHY = (ClusterBroken, ClusterDown, DeadlineExceeded)
LOG_TAIL = 8
PATIENCE = 120.0
"""Seconds for a part to become healthy, on a machine that may be busy with something else."""


def up(settings: Settings) -> None:
    """Have a healthy cluster. One that can not be repaired in place is started anew."""
    check_machine(settings)
    apply_packages(settings)
    check_ports(settings)
    clear_leftovers(settings)
    apply_registry(settings)
    apply_image_of_debian(settings)
    for program in (COREDNS, HELM, KUBERNETES):
        apply_program(program, settings)
    apply_links(settings)
    try:
        apply_cluster(settings)
    except UNHEALTHY as error:
        with step(f"starting the cluster anew, as it is broken: {error}"):
            stop_cluster(settings)
            restart_cluster(settings)


def restart_cluster(settings: Settings) -> None:
    """Start the cluster after all of it was stopped.

    Raises:
        ClusterBroken: that does not help either.
    """
    try:
        apply_cluster(settings)
    except UNHEALTHY as error:
        raise ClusterBroken(f"{error}\n`devcluster reset` makes an empty cluster.") from error


def clear_leftovers(settings: Settings) -> None:
    """When no process of a cluster runs, after a reboot or a massacre, what it left is in the way."""
    if any(run.name != "registry" for run in list_running()):
        return
    leftovers.delete_cgroup(settings.cgroup)
    leftovers.delete_directory(settings.run_dir)
    for node in build_nodes(settings):
        leftovers.delete_mounts([node.data_dir])
        delete_tree(node.cni_data_dir)
    network.clean_firewall((network.PLUGIN_PREFIX,))


def apply_registry(settings: Settings) -> None:
    """Have the registry running; images can be pushed while the rest is still compiled."""
    program = apply_program(REGISTRY, settings)
    network.apply_interface(settings)
    apply_registry_configs(settings)
    process = build_registry(settings, program=program)
    apply_process(process, log_dir=settings.log_dir)
    wait_for_process(process, settings, check=lambda: is_registry_answering(settings))


def apply_image_of_debian(settings: Settings) -> None:
    """Have the base image in the registry; `devcluster base-image` may be at it already."""
    with lock_held(settings.image_lock_file, purpose="up"):
        apply_base_image(settings)


def apply_cluster(settings: Settings) -> None:
    """Have every process of the cluster, and the objects it can not do without."""
    members = build_nodes(settings)
    machine.apply_parameters(settings)
    network.apply_firewall(settings)
    network.apply_resolv_conf(settings)
    apply_certificates(
        build_certificates(settings, nodes={node.name: node.address for node in members}), settings
    )
    apply_kubeconfigs(settings, nodes=[node.name for node in members])
    pause = apply_program_image(apply_program(PAUSE, settings), settings, user=NOBODY)
    coredns = apply_program_image(apply_program(COREDNS, settings), settings, user=NOBODY)
    for node in members:
        apply_runtime(node, settings, pause_image=pause)
    kube = apply_control_plane(settings)
    for node in members:
        apply_agents(node, settings)
    apply_objects(kube, settings, coredns_image=coredns)
    wait_for_cluster(kube, settings)


def apply_runtime(node: Node, settings: Settings, *, pause_image: str) -> None:
    """Have a container runtime on the node."""
    leftovers.apply_cgroup(node.cgroup)
    mtu = network.get_mtu()
    containerd.apply_containerd_config(node, settings, pause_image=pause_image, mtu=mtu)
    process = containerd.build_containerd(node)
    apply_process(process, log_dir=settings.log_dir)
    wait_for_process(process, settings, check=lambda: containerd.is_answering(node))


def apply_control_plane(settings: Settings) -> Kube:
    """Have the store, the API and the controllers."""
    log_dir, programs = settings.log_dir, settings.bin_dir
    apply_process(controlplane.build_etcd(settings), log_dir=log_dir)
    api = controlplane.build_api_server(settings, program=programs / "kube-apiserver")
    apply_process(api, log_dir=log_dir)
    kube = Kube(settings)
    wait_for_process(api, settings, check=kube.is_ready)
    manager = programs / "kube-controller-manager"
    apply_process(controlplane.build_controller_manager(settings, program=manager), log_dir=log_dir)
    scheduler = controlplane.build_scheduler(settings, program=programs / "kube-scheduler")
    apply_process(scheduler, log_dir=log_dir)
    return kube


def apply_agents(node: Node, settings: Settings) -> None:
    """Have the node's kubelet and proxy."""
    nodes.apply_node_configs(node, settings)
    kubelet = nodes.build_kubelet(node, settings, program=settings.bin_dir / "kubelet")
    apply_process(kubelet, log_dir=settings.log_dir)
    port = settings.ports.kubelet_health
    wait_for_process(kubelet, settings, check=lambda: nodes.is_healthy(port))
    proxy = nodes.build_proxy(node, settings, program=settings.bin_dir / "kube-proxy")
    apply_process(proxy, log_dir=settings.log_dir)
    proxy_port = settings.ports.proxy_health
    wait_for_process(proxy, settings, check=lambda: nodes.is_healthy(proxy_port))


def apply_objects(kube: Kube, settings: Settings, *, coredns_image: str) -> None:
    """Have DNS and storage."""
    servers = settings.resolv_conf.read_text()
    for manifest in build_objects(settings, coredns_image=coredns_image, name_servers=servers):
        kube.apply(manifest)
    for node in build_nodes(settings):
        apply_volumes(kube, node, settings=settings)


def add_metrics(settings: Settings) -> None:
    """Have metrics-server in the running cluster.

    Raises:
        ClusterDown: none runs.
    """
    kube = Kube(settings) if settings.kubeconfig.exists() else None
    if kube is None or not kube.is_ready():
        raise ClusterDown("The API server does not answer; `devcluster up` starts it.")
    program = apply_program(METRICS_SERVER, settings)
    image = apply_program_image(program, settings, user=NOBODY)
    pair = metricsserver.apply_serving_certificate(settings)
    for manifest in metricsserver.build_metrics_objects(image=image, pair=pair):
        kube.apply(manifest)
    if not metricsserver.is_measuring(kube, settings):
        with step("waiting for the first metrics"):
            wait_for(lambda: metricsserver.is_measuring(kube, settings), what="metrics", timeout=PATIENCE)


def wait_for_cluster(kube: Kube, settings: Settings) -> None:
    """Return once the nodes are ready and names are resolved."""
    for node in build_nodes(settings):
        wait_for_condition(kube, f"/api/v1/nodes/{node.name}", condition="Ready")
    dns = "/apis/apps/v1/namespaces/kube-system/deployments/coredns"
    wait_for_condition(kube, dns, condition="Available")
    wait_for(lambda: is_dns_answering(settings), what="the cluster's DNS", timeout=PATIENCE)


def wait_for_condition(kube: Kube, path: str, *, condition: str) -> None:
    """Return once the object at this path has the condition."""
    what = f"{path.rsplit('/', 1)[1]} to be {condition.lower()}"
    wait_for(lambda: kube.has_condition(path, condition), what=what, timeout=PATIENCE)


def wait_for_process(
    process: Process, settings: Settings, *, check: Callable[[], bool], timeout: float = PATIENCE
) -> None:
    """Return once the process answers.

    Raises:
        ClusterBroken: it has ended, or does not answer; with the last lines of its log.
    """
    log = settings.log_dir / f"{process.name}.log"

    def is_answering() -> bool:
        if check():
            return True
        if not list_instances(process):
            raise ClusterBroken(f"{process.name} has ended; see {log}:\n{read_tail(log)}")
        return False

    try:
        wait_for(is_answering, what=process.name, timeout=timeout, interval=0.05)
    except DeadlineExceeded as error:
        raise ClusterBroken(f"{error} See {log}:\n{read_tail(log)}") from error


def read_tail(log: Path) -> str:
    """The last lines of a log, indented."""
    lines = log.read_text(errors="replace").splitlines()[-LOG_TAIL:] if log.exists() else []
    return "\n".join(f"    {line}" for line in lines)
