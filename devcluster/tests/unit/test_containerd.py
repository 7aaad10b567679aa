import tomllib
from pathlib import Path

from devcluster.containerd import build_network, render_config, render_hosts
from devcluster.nodes import build_nodes
from devcluster.settings import Settings

NODE = build_nodes(Settings())[0]


def test_the_configuration_is_what_this_kind_of_machine_needs():
    config = tomllib.loads(render_config(NODE, pause_image="registry/pause:1", hosts_dir=Path("/hosts")))
    cri = config["plugins"]["io.containerd.grpc.v1.cri"]
    assert cri["restrict_oom_score_adj"] is True
    assert cri["sandbox_image"] == "registry/pause:1"
    assert cri["registry"] == {"config_path": "/hosts"}
    assert config["state"] == "/run/devcluster/nodes/node1/containerd"


def test_images_are_pulled_over_plain_http():
    assert tomllib.loads(render_hosts("registry:5000")) == {
        "host": {"http://registry:5000": {"capabilities": ["pull", "resolve"]}}
    }


def test_pods_get_addresses_of_their_node_and_packets_no_larger_than_the_machines():
    bridge, portmap = build_network(NODE, mtu=1400)["plugins"]
    assert bridge["mtu"] == 1400
    assert bridge["ipam"]["ranges"] == [[{"subnet": "198.18.1.0/24"}]]
    assert portmap["capabilities"] == {"portMappings": True}
