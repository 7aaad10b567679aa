from devcluster.certificates import build_certificates
from devcluster.settings import Settings

CERTIFICATES = {item.name: item for item in build_certificates(Settings(), nodes={"node1": "198.19.255.1"})}


def test_the_api_servers_certificate_holds_for_the_first_service_address_and_the_node():
    hosts = CERTIFICATES["api"].hosts
    assert {"IP:198.19.0.1", "IP:198.19.255.1", "DNS:kubernetes.default.svc.cluster.local"} <= set(hosts)


def test_a_kubelet_is_known_as_its_node():
    kubelet = CERTIFICATES["kubelet-node1"]
    assert kubelet.subject == "/O=system:nodes/CN=system:node:node1"
    assert kubelet.hosts == ("DNS:node1", "IP:198.19.255.1")


def test_whom_etcd_and_the_front_proxy_trust_is_signed_by_nobody_else():
    own = {name for name, item in CERTIFICATES.items() if item.authority != "cluster"}
    assert own == {"etcd", "api-to-etcd", "front-proxy"}
