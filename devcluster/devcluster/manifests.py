"""The objects that make an empty cluster a usable one."""

import hashlib

from devcluster.kube import Manifest
from devcluster.nodes import Node
from devcluster.settings import Settings

SYSTEM = "kube-system"
DNS_NAME = "coredns"
DNS_PORT = 1053
"""Inside the pod, where CoreDNS does not run as root."""
CONFIG_ANNOTATION = "devcluster/config"
DNS_LABELS = {"k8s-app": "kube-dns"}
STORAGE_CLASS = "standard"
VOLUME_LABELS = {"app.kubernetes.io/managed-by": "devcluster"}


def build_objects(settings: Settings, *, coredns_image: str, name_servers: str) -> list[Manifest]:
    """Everything that does not depend on what the cluster's user does."""
    return [
        *build_dns_access(),
        build_dns_config(settings),
        build_dns_deployment(coredns_image, config=render_corefile(settings) + name_servers),
        build_dns_service(settings),
        build_reserved_ports(settings),
        build_storage_class(),
    ]


def build_dns_access() -> list[Manifest]:
    """The cluster's DNS may list what it answers for."""
    account = {"name": DNS_NAME, "namespace": SYSTEM}
    verbs = ["list", "watch"]
    core = ["endpoints", "services", "pods", "namespaces"]
    role = {"name": "system:coredns"}
    rbac = "rbac.authorization.k8s.io"
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRole",
            "metadata": role,
            "rules": [
                {"apiGroups": [""], "resources": core, "verbs": verbs},
                {
                    "apiGroups": ["discovery.k8s.io"],
                    "resources": ["endpointslices"],
                    "verbs": verbs,
                },
            ],
        },
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": role,
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": role["name"]},
            "subjects": [{"kind": "ServiceAccount", **account}],
        },
    ]


def render_corefile(settings: Settings) -> str:
    """CoreDNS's configuration. A name that does not exist yet is asked for again after 2 s."""
    return f""".:{DNS_PORT} {{
    errors
    health
    ready
    kubernetes {settings.domain} in-addr.arpa ip6.arpa {{
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }}
    forward . /etc/resolv.conf
    cache {{
        success 9984 30
        denial 9984 2
    }}
}}
"""


def build_dns_config(settings: Settings) -> Manifest:
    """The ConfigMap CoreDNS is started from."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": DNS_NAME, "namespace": SYSTEM},
        "data": {"Corefile": render_corefile(settings)},
    }


def build_dns_deployment(image: str, *, config: str) -> Manifest:
    """CoreDNS, asking the machine's own name servers for what is outside the cluster.

    It reads its configuration at its start only, so another one is another pod.
    """
    digest = hashlib.sha256(config.encode()).hexdigest()[:16]
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": DNS_NAME, "namespace": SYSTEM, "labels": DNS_LABELS},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": DNS_LABELS},
            "template": {
                "metadata": {"labels": DNS_LABELS, "annotations": {CONFIG_ANNOTATION: digest}},
                "spec": {
                    "serviceAccountName": DNS_NAME,
                    "priorityClassName": "system-cluster-critical",
                    "dnsPolicy": "Default",
                    "containers": [build_dns_container(image)],
                    "volumes": [{"name": "config", "configMap": {"name": DNS_NAME}}],
                },
            },
        },
    }


def build_dns_container(image: str) -> Manifest:
    """CoreDNS's container."""
    return {
        "name": DNS_NAME,
        "image": image,
        "args": ["-conf", "/etc/coredns/Corefile"],
        "ports": [
            {"name": "dns", "containerPort": DNS_PORT, "protocol": "UDP"},
            {"name": "dns-tcp", "containerPort": DNS_PORT, "protocol": "TCP"},
        ],
        "readinessProbe": {"httpGet": {"path": "/ready", "port": 8181}, "periodSeconds": 1},
        "resources": {"requests": {"cpu": "10m", "memory": "32Mi"}, "limits": {"memory": "170Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "config", "mountPath": "/etc/coredns", "readOnly": True}],
    }


def build_dns_service(settings: Settings) -> Manifest:
    """The address that every pod's resolver asks."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "kube-dns", "namespace": SYSTEM, "labels": DNS_LABELS},
        "spec": {
            "clusterIP": settings.dns_address,
            "selector": DNS_LABELS,
            "ports": [
                {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": "dns"},
                {"name": "dns-tcp", "port": 53, "protocol": "TCP", "targetPort": "dns-tcp"},
            ],
        },
    }


def build_reserved_ports(settings: Settings) -> Manifest:
    """A Service that keeps the registry's port from being given to somebody as a node port.

    The label makes kube-proxy ignore it, so nothing is done to the port's traffic.
    """
    port = settings.ports.registry
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {
            "name": "reserved-ports",
            "namespace": SYSTEM,
            "labels": {"service.kubernetes.io/service-proxy-name": "none"},
        },
        "spec": {
            "type": "NodePort",
            "ports": [{"name": "registry", "port": port, "nodePort": port}],
        },
    }


def build_storage_class() -> Manifest:
    """The default class: volumes are made beforehand and bound where the pod is scheduled."""
    return {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {
            "name": STORAGE_CLASS,
            "annotations": {"storageclass.kubernetes.io/is-default-class": "true"},
        },
        "provisioner": "kubernetes.io/no-provisioner",
        "volumeBindingMode": "WaitForFirstConsumer",
        "reclaimPolicy": "Retain",
    }


def build_volume(name: str, *, path: str, node: Node, size: str) -> Manifest:
    """A directory of the node as a volume.

    ``local`` and not ``hostPath``, as only then a pod's ``fsGroup`` is obeyed, as on a real disk.
    """
    term = {"key": "kubernetes.io/hostname", "operator": "In", "values": [node.name]}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name, "labels": VOLUME_LABELS},
        "spec": {
            "capacity": {"storage": size},
            "accessModes": ["ReadWriteOnce"],
            "persistentVolumeReclaimPolicy": "Retain",
            "storageClassName": STORAGE_CLASS,
            "local": {"path": path},
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}},
        },
    }
