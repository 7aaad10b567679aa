"""The container runtime of a node, its network plug-ins, and emptying it."""

import json
from pathlib import Path
from typing import Any

from devcluster.commands import run
from devcluster.errors import CommandFailed
from devcluster.files import write_file
from devcluster.nodes import Node, build_command
from devcluster.processes import Process
from devcluster.settings import Settings

PLUGINS = "/usr/lib/cni"
NAMESPACE = "k8s.io"


def render_config(node: Node, *, pause_image: str, hosts_dir: Path) -> str:
    """containerd's configuration.

    ``restrict_oom_score_adj``: without CAP_SYS_RESOURCE every sandbox would die of lowering its
    score. Network namespaces are kept below the state directory, where they can be found again.
    """
    return f"""version = 2
root = "{node.data_dir}/containerd"
state = "{node.run_dir}/containerd"
oom_score = 0
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs",
  "io.containerd.snapshotter.v1.btrfs",
  "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs",
  "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing",
]

[grpc]
  address = "{node.containerd_socket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{pause_image}"
  stream_server_address = "127.0.0.1"
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  max_concurrent_downloads = 6

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{PLUGINS}"
    conf_dir = "{node.cni_dir}"

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "{hosts_dir}"
"""


def render_hosts(registry_host: str) -> str:
    """Where containerd looks for images before it asks the host in their name."""
    return f"""[host."http://{registry_host}"]
  capabilities = ["pull", "resolve"]
"""


def build_network(node: Node, *, mtu: int) -> dict[str, Any]:
    """The pod network of a node. Leaving the cluster's range is masqueraded in ``network.py``."""
    return {
        "cniVersion": "0.4.0",
        "name": "devcluster",
        "plugins": [
            {
                "type": "bridge",
                "bridge": node.bridge,
                "isGateway": True,
                "hairpinMode": True,
                "mtu": mtu,
                "ipam": {
                    "type": "host-local",
                    "ranges": [[{"subnet": node.pod_range}]],
                    "routes": [{"dst": "0.0.0.0/0"}],
                    "dataDir": str(node.cni_data_dir),
                },
            },
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def apply_containerd_config(node: Node, settings: Settings, *, pause_image: str, mtu: int) -> None:
    """Write what containerd and its plug-ins read. Host files are read at every pull."""
    hosts_dir = node.data_dir / "registries"
    for host in (settings.registry_host, "docker.io"):
        write_file(hosts_dir / host / "hosts.toml", render_hosts(settings.registry_host))
    config = render_config(node, pause_image=pause_image, hosts_dir=hosts_dir)
    write_file(node.containerd_config, config)
    network = json.dumps(build_network(node, mtu=mtu), indent=2)
    write_file(node.cni_dir / "10-devcluster.conflist", network + "\n")


def build_containerd(node: Node) -> Process:
    """The runtime's process. Containers outlive it."""
    argv = ("/usr/bin/containerd", f"--config={node.containerd_config}")
    return Process(
        name=f"containerd-{node.name}",
        argv=build_command(node, argv),
        files=(node.containerd_config,),
    )


def call_ctr(node: Node, *arguments: str) -> str:
    """What containerd's own client answers about the node's containers."""
    socket = str(node.containerd_socket)
    return run(["ctr", "--address", socket, "--namespace", NAMESPACE, *arguments], timeout=60)


def is_answering(node: Node) -> bool:
    """Whether the runtime answers."""
    if not node.containerd_socket.exists():
        return False
    try:
        call_ctr(node, "version")
    except CommandFailed:
        return False
    return True


def delete_containers(node: Node) -> None:
    """Kill every container and forget it; images stay."""
    tasks = call_ctr(node, "tasks", "list", "--quiet").split()
    if tasks:
        call_ctr(node, "tasks", "delete", "--force", *tasks)
    containers = call_ctr(node, "containers", "list", "--quiet").split()
    if containers:
        call_ctr(node, "containers", "delete", *containers)
