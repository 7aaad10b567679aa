import dataclasses
from pathlib import Path

from devcluster.nodes import build_command, build_kubelet_config, build_nodes, build_proxy_config
from devcluster.settings import Settings

SETTINGS = Settings()
NODE = build_nodes(SETTINGS)[0]


def test_node_ports_answer_on_loopback_and_the_nodes_address_only():
    config = build_proxy_config(NODE, SETTINGS)
    assert config["nodePortAddresses"] == ["127.0.0.0/8", "198.19.255.1/32"]


def test_a_kubelet_accepts_the_older_control_groups_and_nobody_unknown():
    config = build_kubelet_config(NODE, SETTINGS)
    assert config["failCgroupV1"] is False
    assert config["cgroupRoot"] == "/devcluster/node1"
    assert config["authentication"]["anonymous"] == {"enabled": False}
    assert config["readOnlyPort"] == 0


def test_a_node_with_a_network_of_its_own_runs_its_processes_there():
    second = dataclasses.replace(NODE, name="node2", netns="/run/netns/node2")
    assert build_command(NODE, ("kubelet",)) == ("kubelet",)
    assert build_command(second, ("kubelet",)) == ("nsenter", "--net=/run/netns/node2", "kubelet")


def test_everything_of_a_node_lies_in_its_own_directories():
    paths = [
        NODE.containerd_socket,
        NODE.containerd_config,
        NODE.cni_dir,
        NODE.kubelet_dir,
        NODE.proxy_config,
    ]
    assert all(Path("/") / NODE.name != path and NODE.name in path.parts for path in paths)
