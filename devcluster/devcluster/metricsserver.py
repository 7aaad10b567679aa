"""metrics-server: what `kubectl top` and autoscalers ask. A part that only those who want it pay for."""

import base64
from pathlib import Path

from devcluster.certificates import Certificate, KeyPair, apply_certificates, get_pair
from devcluster.errors import ApiError
from devcluster.kube import Kube, Manifest
from devcluster.manifests import SYSTEM
from devcluster.nodes import build_nodes
from devcluster.settings import Settings

NAME = "metrics-server"
PORT = 10250
RESOLUTION = "10s"
"""The shortest that it takes; kubelets measure no more often either."""
PATIENCE = "5s"
"""With a kubelet; it must be shorter than the resolution."""
LABELS = {"k8s-app": NAME}
RBAC = "rbac.authorization.k8s.io"
ACCOUNT = {"kind": "ServiceAccount", "name": NAME, "namespace": SYSTEM}
AUTHORITY = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt"
"""Every pod is given the authority that also signs what kubelets serve with."""
CERTIFICATES = "/certificates"
API_SERVICE = "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io"
NODE_METRICS = "/apis/metrics.k8s.io/v1beta1/nodes"


def apply_serving_certificate(settings: Settings) -> KeyPair:
    """What it serves with, so that the API server need not trust it blindly."""
    host = f"{NAME}.{SYSTEM}.svc"
    apply_certificates([Certificate(name=NAME, common_name=NAME, hosts=(f"DNS:{host}",))], settings)
    return get_pair(NAME, settings)


def build_metrics_objects(*, image: str, pair: KeyPair) -> list[Manifest]:
    """Everything of it, in the order in which it is made."""
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": NAME, "namespace": SYSTEM}},
        *build_access(),
        build_certificate_secret(pair),
        build_deployment(image),
        build_service(),
        build_api_service(pair.authority),
    ]


def build_access() -> list[Manifest]:
    """It reads pods, nodes and what kubelets measure, and asks the API server who asks it."""
    reader = "system:metrics-server"
    rules = [
        {"apiGroups": [""], "resources": ["nodes/metrics"], "verbs": ["get"]},
        {"apiGroups": [""], "resources": ["pods", "nodes"], "verbs": ["get", "list", "watch"]},
    ]
    return [
        {"apiVersion": f"{RBAC}/v1", "kind": "ClusterRole", "metadata": {"name": reader}, "rules": rules},
        build_cluster_binding(reader, role=reader),
        build_cluster_binding(f"{NAME}:system:auth-delegator", role="system:auth-delegator"),
        {
            "apiVersion": f"{RBAC}/v1",
            "kind": "RoleBinding",
            "metadata": {"name": f"{NAME}-auth-reader", "namespace": SYSTEM},
            "roleRef": {
                "apiGroup": RBAC,
                "kind": "Role",
                "name": "extension-apiserver-authentication-reader",
            },
            "subjects": [ACCOUNT],
        },
    ]


def build_cluster_binding(name: str, *, role: str) -> Manifest:
    """It may do in the whole cluster what the role says."""
    return {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": role},
        "subjects": [ACCOUNT],
    }


def encode_file(path: Path) -> str:
    """A file as Secrets and APIServices hold it."""
    return base64.b64encode(path.read_bytes()).decode()


def build_certificate_secret(pair: KeyPair) -> Manifest:
    """Its certificate and key."""
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": NAME, "namespace": SYSTEM},
        "type": "kubernetes.io/tls",
        "data": {"tls.crt": encode_file(pair.certificate), "tls.key": encode_file(pair.key)},
    }


def build_deployment(image: str) -> Manifest:
    """One pod of it."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": SYSTEM, "labels": LABELS},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": LABELS},
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "serviceAccountName": NAME,
                    "priorityClassName": "system-cluster-critical",
                    "containers": [build_container(image)],
                    "volumes": [{"name": "certificates", "secret": {"secretName": NAME}}],
                },
            },
        },
    }


def build_container(image: str) -> Manifest:
    """Its container. It is ready once it has measured twice, as it tells differences."""
    return {
        "name": NAME,
        "image": image,
        "args": [
            f"--secure-port={PORT}",
            f"--tls-cert-file={CERTIFICATES}/tls.crt",
            f"--tls-private-key-file={CERTIFICATES}/tls.key",
            f"--kubelet-certificate-authority={AUTHORITY}",
            "--kubelet-preferred-address-types=InternalIP",
            "--kubelet-use-node-status-port",
            f"--metric-resolution={RESOLUTION}",
            f"--kubelet-request-timeout={PATIENCE}",
        ],
        "ports": [{"name": "https", "containerPort": PORT}],
        "readinessProbe": {
            "httpGet": {"path": "/readyz", "port": "https", "scheme": "HTTPS"},
            "periodSeconds": 1,
        },
        "resources": {"requests": {"cpu": "10m", "memory": "48Mi"}, "limits": {"memory": "192Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": [{"name": "certificates", "mountPath": CERTIFICATES, "readOnly": True}],
    }


def build_service() -> Manifest:
    """Where the API server finds it."""
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME, "namespace": SYSTEM, "labels": LABELS},
        "spec": {"selector": LABELS, "ports": [{"name": "https", "port": 443, "targetPort": "https"}]},
    }


def build_api_service(authority: Path) -> Manifest:
    """The part of the API that it answers for."""
    return {
        "apiVersion": "apiregistration.k8s.io/v1",
        "kind": "APIService",
        "metadata": {"name": API_SERVICE.rpartition("/")[2]},
        "spec": {
            "group": "metrics.k8s.io",
            "version": "v1beta1",
            "groupPriorityMinimum": 100,
            "versionPriority": 100,
            "service": {"namespace": SYSTEM, "name": NAME},
            "caBundle": encode_file(authority),
        },
    }


def is_installed(kube: Kube) -> bool:
    """Whether somebody asked for it since the cluster was last emptied."""
    try:
        kube.get(API_SERVICE)
    except ApiError as error:
        if error.code == 404:
            return False
        raise
    return True


def is_measuring(kube: Kube, settings: Settings) -> bool:
    """Whether the API tells what every node uses."""
    try:
        measured = {item["metadata"]["name"] for item in kube.get(NODE_METRICS)["items"]}
    except ApiError:  # 503 until it is ready
        return False
    return measured >= {node.name for node in build_nodes(settings)}
