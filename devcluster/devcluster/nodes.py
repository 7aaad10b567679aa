"""A node: its name, address, directories, and the three processes that make it one.

Everything that belongs to a node hangs on a ``Node`` value and nothing on the machine as such, so
that a second one (in a network namespace of its own) needs no change here.
"""

import http.client
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from devcluster.certificates import get_pair
from devcluster.files import write_file
from devcluster.kubeconfigs import get_kubeconfig
from devcluster.processes import Process
from devcluster.settings import Settings

POD_LOGS = Path("/var/log/pods")


@dataclass(frozen=True, kw_only=True)
class Node:
    """One node of the cluster."""

    name: str
    address: str
    pod_range: str
    bridge: str
    netns: str | None
    """Path of the network namespace; ``None`` is the machine's own."""
    data_dir: Path
    run_dir: Path
    cgroup: str
    """Below every hierarchy's root, without a leading slash."""

    @property
    def containerd_socket(self) -> Path:
        return self.run_dir / "containerd.sock"

    @property
    def containerd_config(self) -> Path:
        return self.data_dir / "containerd.toml"

    @property
    def cni_dir(self) -> Path:
        return self.data_dir / "cni"

    @property
    def cni_data_dir(self) -> Path:
        return self.data_dir / "cni-data"

    @property
    def kubelet_dir(self) -> Path:
        return self.data_dir / "kubelet"

    @property
    def kubelet_config(self) -> Path:
        return self.data_dir / "kubelet.json"

    @property
    def proxy_config(self) -> Path:
        return self.data_dir / "proxy.json"


def build_nodes(settings: Settings) -> list[Node]:
    """The nodes of the cluster: one, so far."""
    first = Node(
        name="node1",
        address=settings.node_address,
        pod_range="198.18.1.0/24",
        bridge="devcluster1",
        netns=None,
        data_dir=settings.state_dir / "nodes" / "node1",
        run_dir=settings.run_dir / "nodes" / "node1",
        cgroup=f"{settings.cgroup}/node1",
    )
    return [first]


def build_command(node: Node, argv: tuple[str, ...]) -> tuple[str, ...]:
    """The command, inside the node's network."""
    return argv if node.netns is None else ("nsenter", f"--net={node.netns}", *argv)


def build_kubelet_config(node: Node, settings: Settings) -> dict[str, Any]:
    """KubeletConfiguration. The disk is shared with everything else, so nothing is evicted for it."""
    pair = get_pair(f"kubelet-{node.name}", settings)
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": node.address,
        "port": settings.ports.kubelet,
        "readOnlyPort": 0,
        "healthzBindAddress": "127.0.0.1",
        "healthzPort": settings.ports.kubelet_health,
        "tlsCertFile": str(pair.certificate),
        "tlsPrivateKeyFile": str(pair.key),
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": str(pair.authority)},
        },
        "authorization": {"mode": "Webhook"},
        "clusterDomain": settings.domain,
        "clusterDNS": [settings.dns_address],
        "resolvConf": str(settings.resolv_conf),
        "containerRuntimeEndpoint": f"unix://{node.containerd_socket}",
        "cgroupDriver": "cgroupfs",
        "cgroupRoot": f"/{node.cgroup}",
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "maxPods": 200,
        "serializeImagePulls": False,
        "maxParallelImagePulls": 4,
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "0%",
            "nodefs.inodesFree": "0%",
            "imagefs.available": "0%",
            "imagefs.inodesFree": "0%",
        },
    }


def build_proxy_config(node: Node, settings: Settings) -> dict[str, Any]:
    """KubeProxyConfiguration. Node ports answer on loopback and the node's own address only."""
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "clientConnection": {"kubeconfig": str(get_kubeconfig("proxy", settings))},
        "mode": "iptables",
        "clusterCIDR": settings.pod_range,
        "hostnameOverride": node.name,
        "bindAddress": node.address,
        "nodePortAddresses": ["127.0.0.0/8", f"{node.address}/32"],
        "healthzBindAddress": f"127.0.0.1:{settings.ports.proxy_health}",
        "metricsBindAddress": f"127.0.0.1:{settings.ports.proxy_metrics}",
        "oomScoreAdj": 0,
        "conntrack": {"maxPerCore": 0, "min": 0},
        "iptables": {"localhostNodePorts": True, "minSyncPeriod": "100ms", "syncPeriod": "30s"},
    }


def apply_node_configs(node: Node, settings: Settings) -> None:
    """Write what the kubelet and the proxy read at their start."""
    kubelet = build_kubelet_config(node, settings)
    write_file(node.kubelet_config, json.dumps(kubelet, indent=2) + "\n")
    proxy = build_proxy_config(node, settings)
    write_file(node.proxy_config, json.dumps(proxy, indent=2) + "\n")


def is_healthy(port: int) -> bool:
    """Whether the kubelet or the proxy with this port for questions after its health is well."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def build_kubelet(node: Node, settings: Settings, *, program: Path) -> Process:
    """The agent that runs the node's pods."""
    pair = get_pair(f"kubelet-{node.name}", settings)
    kubeconfig = get_kubeconfig(f"kubelet-{node.name}", settings)
    argv = (
        str(program),
        f"--config={node.kubelet_config}",
        f"--kubeconfig={kubeconfig}",
        f"--hostname-override={node.name}",
        f"--node-ip={node.address}",
        f"--root-dir={node.kubelet_dir}",
        f"--cert-dir={node.kubelet_dir / 'pki'}",
    )
    return Process(
        name=f"kubelet-{node.name}",
        argv=build_command(node, argv),
        files=(node.kubelet_config, kubeconfig, pair.certificate, settings.resolv_conf),
    )


def build_proxy(node: Node, settings: Settings, *, program: Path) -> Process:
    """The agent that makes the addresses of Services lead to pods."""
    argv = (str(program), f"--config={node.proxy_config}")
    return Process(
        name=f"proxy-{node.name}",
        argv=build_command(node, argv),
        files=(node.proxy_config, get_kubeconfig("proxy", settings)),
    )
