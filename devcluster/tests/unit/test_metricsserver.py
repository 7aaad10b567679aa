import base64

import pytest

from devcluster.certificates import KeyPair
from devcluster.kube import build_path
from devcluster.metricsserver import build_metrics_objects


@pytest.fixture
def objects(tmp_path):
    """By kind, with the certificates' files holding their own names."""
    pair = KeyPair(certificate=tmp_path / "crt", key=tmp_path / "key", authority=tmp_path / "ca")
    for path in (pair.certificate, pair.key, pair.authority):
        path.write_text(path.name)
    return build_metrics_objects(image="metrics-server:1", pair=pair)


def get(objects, kind):
    (found,) = (item for item in objects if item["kind"] == kind)
    return found


def test_every_object_has_a_place_in_the_api(objects):
    assert [build_path(item) for item in objects] == [
        "/api/v1/namespaces/kube-system/serviceaccounts/metrics-server",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:metrics-server",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:metrics-server",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/metrics-server:system:auth-delegator",
        "/apis/rbac.authorization.k8s.io/v1/namespaces/kube-system/rolebindings/metrics-server-auth-reader",
        "/api/v1/namespaces/kube-system/secrets/metrics-server",
        "/apis/apps/v1/namespaces/kube-system/deployments/metrics-server",
        "/api/v1/namespaces/kube-system/services/metrics-server",
        "/apis/apiregistration.k8s.io/v1/apiservices/v1beta1.metrics.k8s.io",
    ]


def test_nobody_is_trusted_blindly(objects):
    authority = base64.b64encode(b"ca").decode()
    api_service = get(objects, "APIService")["spec"]
    assert (api_service["caBundle"], "insecureSkipTLSVerify" in api_service) == (authority, False)
    container = get(objects, "Deployment")["spec"]["template"]["spec"]["containers"][0]
    assert "--kubelet-insecure-tls" not in container["args"]
    assert any(flag.startswith("--kubelet-certificate-authority=/") for flag in container["args"])


def test_it_serves_with_the_certificate_of_the_secret(objects):
    secret = get(objects, "Secret")
    assert {name: base64.b64decode(value) for name, value in secret["data"].items()} == {
        "tls.crt": b"crt",
        "tls.key": b"key",
    }
