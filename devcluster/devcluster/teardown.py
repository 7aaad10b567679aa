"""Taking the cluster down: nothing of it stays but what is asked to."""

from pathlib import Path

from devcluster import containerd, leftovers, machine, network
from devcluster.controlplane import get_etcd_dir
from devcluster.errors import CommandFailed
from devcluster.files import delete_tree
from devcluster.nodes import POD_LOGS, Node, build_nodes
from devcluster.processes import list_running, stop
from devcluster.settings import Settings

KUBELET_LEFTOVERS = (Path("/var/lib/kubelet"), Path("/var/log/containers"), POD_LOGS)
NETWORK_RESULTS = Path("/var/lib/cni/results")


def down(settings: Settings, *, purge: bool) -> None:
    """Stop everything and delete all state; compiled programs stay, and the registry's images."""
    stop_cluster(settings)
    stop(list_running())
    network.clean_firewall()
    network.delete_interfaces(network.list_interfaces(settings, build_nodes(settings)))
    leftovers.delete_cgroup(settings.cgroup)
    machine.restore_parameters(settings)
    delete_state(settings, purge=purge)


def reset(settings: Settings) -> None:
    """Stop the cluster and forget all that it held; `up` then makes an empty one.

    Deleting what is in the cluster through its API would be slower and could be held up by
    anything in it. Images stay, in the nodes and in the registry.
    """
    members = build_nodes(settings)
    for node in members:
        stop_agents(node)
        forget_containers(node)
    stop_cluster(settings)
    network.clean_firewall(network.FOREIGN_PREFIXES)
    for node in members:
        delete_node_state(node)
    delete_tree(get_etcd_dir(settings))
    leftovers.delete_directory(settings.volumes_dir)


def stop_cluster(settings: Settings) -> None:
    """Stop all processes but the registry, all containers, and unmount what they used."""
    stop([run for run in list_running() if run.name != "registry"], grace=2.0)
    leftovers.delete_cgroup(settings.cgroup)
    for node in build_nodes(settings):
        leftovers.delete_mounts([node.run_dir, node.data_dir])
        leftovers.delete_directory(node.run_dir)


def stop_agents(node: Node) -> None:
    """Stop what would start containers again."""
    agents = (f"kubelet-{node.name}", f"proxy-{node.name}")
    stop([run for run in list_running() if run.name in agents], grace=1.0)


def forget_containers(node: Node) -> None:
    """Have no container in the runtime's books. A runtime that does not answer loses its images."""
    try:
        containerd.delete_containers(node)
    except CommandFailed:
        leftovers.delete_directory(node.data_dir / "containerd")


def delete_node_state(node: Node) -> None:
    """Delete what a node knows of its pods."""
    leftovers.delete_directory(node.kubelet_dir)
    delete_tree(node.cni_data_dir)
    for result in NETWORK_RESULTS.glob("devcluster-*"):
        delete_tree(result)
    for directory in KUBELET_LEFTOVERS:
        leftovers.delete_directory(directory)


def delete_state(settings: Settings, *, purge: bool) -> None:
    """Delete the state directory, the registry's images only when they are not wanted either."""
    delete_tree(get_etcd_dir(settings))  # first: nothing may outlive the keys that protect it
    for node in build_nodes(settings):
        delete_node_state(node)
    leftovers.delete_directory(settings.run_dir)
    kept = set() if purge else {"registry"}
    for path in settings.state_dir.iterdir() if settings.state_dir.exists() else []:
        if path.name not in kept:
            leftovers.delete_directory(path)
    if purge:
        delete_tree(settings.state_dir)
        delete_tree(settings.log_dir)
