from devcluster.kube import build_path
from devcluster.manifests import build_dns_deployment, build_objects, build_volume
from devcluster.nodes import build_nodes
from devcluster.settings import Settings

SETTINGS = Settings()


def test_a_volume():
    (node,) = build_nodes(SETTINGS)
    assert build_volume("node1-01", path="/data/01", node=node, size="10Gi") == {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "node1-01", "labels": {"app.kubernetes.io/managed-by": "devcluster"}},
        "spec": {
            "capacity": {"storage": "10Gi"},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": "standard",
            "local": {"path": "/data/01"},
            "nodeAffinity": {
                "required": {
                    "nodeSelectorTerms": [
                        {
                            "matchExpressions": [
                                {"key": "kubernetes.io/hostname", "operator": "In", "values": ["node1"]}
                            ]
                        }
                    ]
                }
            },
        },
    }


def test_every_object_has_a_place_in_the_api():
    objects = build_objects(SETTINGS, coredns_image="coredns:1", name_servers="")
    assert [build_path(item) for item in objects] == [
        "/api/v1/namespaces/kube-system/serviceaccounts/coredns",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:coredns",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:coredns",
        "/api/v1/namespaces/kube-system/configmaps/coredns",
        "/apis/apps/v1/namespaces/kube-system/deployments/coredns",
        "/api/v1/namespaces/kube-system/services/kube-dns",
        "/api/v1/namespaces/kube-system/services/reserved-ports",
        "/apis/storage.k8s.io/v1/storageclasses/standard",
    ]


def test_other_name_servers_make_another_dns_pod():
    before, same, after = (build_dns_deployment("coredns:1", config=text) for text in ("a", "a", "b"))
    assert before == same
    assert before != after
