"""The API over HTTP, telling about a namespace of a real cluster."""

from __future__ import annotations

import json
import os
import secrets
import threading
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.kube import DEPLOYMENTS, NAMESPACES, Kube
from workflow_manager.settings import Settings
from workflow_manager.web import Api, Server

KUBECONFIG = "/var/lib/devcluster/kubeconfig"


@pytest.fixture(scope="module")
def kube() -> Kube:
    path = os.environ.get("KUBECONFIG", KUBECONFIG)
    if not Path(path).exists():
        pytest.fail(f"no cluster: there is no {path}; start one, make cluster")
    return Kube.load({"KUBECONFIG": path})


@pytest.fixture(scope="module")
def url(kube: Kube) -> Iterator[str]:
    """A server that tells about a namespace with one Deployment of no pods."""
    namespace = f"ct-manager-{secrets.token_hex(3)}"
    kube.create(NAMESPACES, {"metadata": {"name": namespace}})
    labels = {"app": "deis-thing"}
    template = {
        "metadata": {"labels": labels},
        "spec": {"containers": [{"name": "thing", "image": "thing:1"}]},
    }
    kube.create(
        DEPLOYMENTS,
        {
            "metadata": {"name": "deis-thing", "annotations": {"component.deis.io/version": "3.0.0"}},
            "spec": {"replicas": 0, "selector": {"matchLabels": labels}, "template": template},
        },
        namespace=namespace,
    )
    server = Server(Api(kube, Settings(namespace=namespace)), 0, host="127.0.0.1")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    kube.delete(NAMESPACES, namespace)


def get(url: str, method: str = "GET") -> tuple[str, str]:
    with urllib.request.urlopen(urllib.request.Request(url, method=method)) as answer:
        return answer.headers["Content-Type"], answer.read().decode()


def test_components_are_told_with_version_and_health(url: str) -> None:
    kind, body = get(f"{url}/components")
    cluster = json.loads(body)
    assert kind == "application/json"
    assert cluster["id"] == get(f"{url}/id")[1]
    (component,) = cluster["components"]
    assert component["component"] == {"name": "deis-thing", "type": "Deployment"}
    assert component["version"]["version"] == "3.0.0"
    assert component["health"] == {"healthy": True, "ready": 0, "desired": 0}


def test_the_id_is_a_uuid_and_stays(url: str) -> None:
    kind, first = get(f"{url}/id")
    assert kind == "text/plain"
    assert str(uuid.UUID(first)) == first == get(f"{url}/id")[1]


def test_each_doctors_report_has_an_id_of_its_own(url: str) -> None:
    first, second = get(f"{url}/doctor", "POST")[1], get(f"{url}/doctor", "POST")[1]
    assert uuid.UUID(first) != uuid.UUID(second)


@pytest.mark.parametrize("path", ["/doctor", "/nothing"])
def test_other_methods_and_paths_are_not_found(path: str, url: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as raised:
        get(f"{url}{path}")
    assert raised.value.code == 404
    raised.value.close()
