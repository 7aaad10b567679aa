"""The whole loop against a real Kubernetes API: what is written there is what nginx serves."""

from __future__ import annotations

import base64
import os
import shutil
import tempfile
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kit.errors import Unavailable
from kit.kube import DEPLOYMENTS, ENDPOINTSLICES, NAMESPACES, NODES, SECRETS, SERVICES, Kube
from kit.waiting import wait_for
from loopback import find_port
from router.edge import Edge as Process
from router.place import Listeners, Place

from .conftest import Edge, Upstream, build_service, find_nginx, make_pair

DEVCLUSTER = "/var/lib/devcluster/kubeconfig"


@pytest.fixture(scope="module")
def kube() -> Iterator[Kube]:
    path = os.environ.get("KUBECONFIG") or DEVCLUSTER
    if not Path(path).exists():
        pytest.fail(f"no cluster: there is no {path}; start one, make cluster")
    kube = Kube.load({"KUBECONFIG": path})
    try:
        kube.version()
    except Unavailable as error:
        pytest.fail(f"no cluster: {error}; start it, make cluster")
    yield kube
    kube.close()


@pytest.fixture
def namespace(kube: Kube) -> Iterator[str]:
    name = f"ct-router-{uuid.uuid4().hex[:8]}"
    kube.create(NAMESPACES, {"metadata": {"name": name}})
    yield name
    kube.delete(NAMESPACES, name)


class Running(Edge):
    """The client half of ``Edge``, asking the whole process."""

    def __init__(self, place: Place) -> None:
        self.place = place


@pytest.fixture
def running(kube: Kube, namespace: str) -> Iterator[Running]:
    program = find_nginx()
    kube.create(DEPLOYMENTS, build_deployment(), namespace=namespace)
    listeners = Listeners(
        host="127.0.0.1", http=find_port(), https=find_port(), git=find_port(), health=find_port()
    )
    root = Path(tempfile.mkdtemp(prefix="edge"))
    user = "root" if os.geteuid() == 0 else ""
    place = Place(root=root, listeners=listeners, access_log=str(root / "access.log"), user=user)
    process = Process(kube, place, namespace=namespace, program=program)
    thread = threading.Thread(target=process.run)
    thread.start()
    yield Running(place)
    process.stop()
    thread.join(10)
    process.finish(delay=0, timeout=5)
    shutil.rmtree(root)


def build_deployment(**annotations: str) -> dict[str, Any]:
    keys = {f"router.deis.io/nginx.{key}": value for key, value in annotations.items()}
    labels = {"app": "deis-router"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "deis-router", "image": "none"}]}}
    spec = {"replicas": 0, "selector": {"matchLabels": labels}, "template": pod}
    return {"metadata": {"name": "deis-router", "annotations": keys}, "spec": spec}


def create_service(kube: Kube, namespace: str, name: str, **annotations: str) -> None:
    service = build_service(name, "", namespace=namespace, **annotations)
    service["spec"] = {"ports": [{"name": "http", "port": 80}]}
    kube.create(SERVICES, service, namespace=namespace)


def annotate(kube: Kube, namespace: str, name: str, **annotations: str | None) -> None:
    keys = {f"router.deis.io/{key.replace('_', '.')}": value for key, value in annotations.items()}
    kube.patch(SERVICES, name, {"metadata": {"annotations": keys}}, namespace=namespace)


def create_secret(kube: Kube, namespace: str, name: str, common_name: str) -> None:
    certificate, key = (base64.b64encode(part.encode()).decode() for part in make_pair(common_name))
    data = {"tls.crt": certificate, "tls.key": key}
    kube.create(SECRETS, {"metadata": {"name": name}, "data": data}, namespace=namespace)


def wait_for_status(running: Running, host: str, status: int, *, tls: str | None = None) -> None:
    def answers() -> bool:
        try:
            return running.get(host, tls=tls).status == status
        except OSError:
            return False

    wait_for(answers, what=f"{host} to answer {status}", timeout=15)


def test_an_apps_life(kube: Kube, namespace: str, running: Running):
    host = f"{namespace}.example.com"
    wait_for_status(running, host, 404)
    create_service(kube, namespace, "shop", domains=namespace)
    wait_for_status(running, host, 503)
    annotate(kube, namespace, "shop", ssl_enforce="True")
    wait_for_status(running, host, 301)
    annotate(kube, namespace, "shop", ssl_enforce="False", domains=f"{namespace},www.{namespace}.org")
    wait_for_status(running, f"www.{namespace}.org", 503)
    kube.patch(
        SERVICES, "shop", {"metadata": {"labels": {"router.deis.io/routable": "false"}}}, namespace=namespace
    )
    wait_for_status(running, host, 404)
    kube.patch(
        SERVICES, "shop", {"metadata": {"labels": {"router.deis.io/routable": "true"}}}, namespace=namespace
    )
    wait_for_status(running, host, 503)
    kube.delete(SERVICES, "shop", namespace=namespace)
    wait_for_status(running, host, 404)


def test_the_first_request_after_the_first_endpoint_is_answered(
    kube: Kube, namespace: str, running: Running, pod: Callable[[str], Upstream], monkeypatch
):
    monkeypatch.setattr("router.failures.REMEMBERED", 0.0)
    address = next(
        a for node in kube.list(NODES) for a in node["status"]["addresses"] if a["type"] == "InternalIP"
    )
    server = pod(address["address"])
    create_service(kube, namespace, "shop", domains=namespace)
    wait_for_status(running, f"{namespace}.example.com", 503)
    piece = {
        "metadata": {"name": "shop", "labels": {"kubernetes.io/service-name": "shop"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address["address"]], "conditions": {"ready": True}}],
        "ports": [{"name": "http", "port": server.server_address[1]}],
    }
    threading.Event().wait(
        0.3
    )  # what was remembered about it being down is forgotten after a quarter of a second
    kube.create(ENDPOINTSLICES, piece, namespace=namespace)
    answer = running.get(f"{namespace}.example.com", "/first")
    assert answer.status == 200, (answer, running.wait_for_log("/first"))


def test_certificates_arrive_late_and_change(kube: Kube, namespace: str, running: Running):
    name = f"www.{namespace}.org"
    create_service(kube, namespace, "shop", domains=name, certificates=f"{name}:web")
    wait_for_status(running, name, 503)
    wait_for_status(running, name, 404, tls=name)
    create_secret(kube, namespace, "web-cert", "first")
    wait_for_status(running, name, 503, tls=name)
    kube.delete(SECRETS, "web-cert", namespace=namespace)
    create_secret(kube, namespace, "web-cert", "second")
    first = running.get_certificate(name)
    annotate(kube, namespace, "shop", certificateFingerprints="web:0123456789abcdef")
    wait_for(lambda: running.get_certificate(name) != first, what="the other certificate", timeout=15)


def test_the_router_follows_its_own_configuration(kube: Kube, namespace: str, running: Running):
    create_service(kube, namespace, "shop", domains=namespace)
    wait_for_status(running, f"{namespace}.a.com", 503)
    annotations = {
        "router.deis.io/nginx.platformDomain": "b.com",
        "router.deis.io/nginx.logFormat": "$nonsense",
    }
    kube.patch(DEPLOYMENTS, "deis-router", {"metadata": {"annotations": annotations}}, namespace=namespace)
    wait_for_status(running, f"{namespace}.b.com", 503)
    wait_for_status(running, f"{namespace}.a.com", 404)
    wait_for_status(running, f"{namespace}.b.com", 404, tls=f"{namespace}.b.com")
    create_secret(kube, namespace, "deis-router-platform-cert", "platform")
    wait_for_status(running, f"{namespace}.b.com", 503, tls=f"{namespace}.b.com")


@pytest.fixture
def pod() -> Iterator[Callable[[str], Upstream]]:
    """Call it with an address of this machine to have an app's server there."""
    servers: list[Upstream] = []

    def start(address: str) -> Upstream:
        server = Upstream("pod", address)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
