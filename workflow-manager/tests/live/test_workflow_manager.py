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
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kit.kube import DEPLOYMENTS, NAMESPACES, Kube
from workflow_manager.doctor import run_doctor
from workflow_manager.errors import ServiceFailed
from workflow_manager.reports import KEPT
from workflow_manager.services import Service
from workflow_manager.settings import Settings
from workflow_manager.versions import Versions
from workflow_manager.web import Api, Server

KUBECONFIG = "/var/lib/devcluster/kubeconfig"


@pytest.fixture(scope="module")
def kube() -> Kube:
    path = os.environ.get("KUBECONFIG", KUBECONFIG)
    if not Path(path).exists():
        pytest.fail(f"no cluster: there is no {path}; start one, make cluster")
    return Kube.load({"KUBECONFIG": path})


@pytest.fixture(scope="module")
def namespace(kube: Kube) -> Iterator[str]:
    """A namespace with one Deployment of no pods."""
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
    yield namespace
    kube.delete(NAMESPACES, namespace)


@contextmanager
def serving(kube: Kube, settings: Settings) -> Iterator[tuple[Settings, Versions]]:
    """A server; its settings with the port that it has, and what it knows of versions."""
    versions = Versions(Service(url=settings.versions_api_url))
    server = Server(Api(kube, settings, versions=versions), 0, host="127.0.0.1")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield replace(settings, port=server.server_port), versions
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def settings(namespace: str, tmp_path: Path) -> Settings:
    return Settings(namespace=namespace, report_directory=tmp_path / "doctor")


@pytest.fixture
def url(kube: Kube, settings: Settings) -> Iterator[str]:
    with serving(kube, settings) as (served, _):
        yield f"http://127.0.0.1:{served.port}"


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


def test_a_newer_version_is_shown_with_its_component(kube, settings, outside):
    latest = {"data": [{"component": {"name": "deis-thing"}, "version": {"version": "3.0.1"}}]}
    outside.answers["/v3/versions/latest"] = (200, json.dumps(latest).encode())
    with serving(kube, replace(settings, versions_api_url=outside.url)) as (served, versions):
        address = f"http://127.0.0.1:{served.port}/components"
        (before,) = json.loads(get(address)[1])["components"]
        versions.refresh([before])
        (after,) = json.loads(get(address)[1])["components"]
    assert "updateAvailable" not in before
    assert after == {**before, "updateAvailable": "3.0.1"}


def test_a_report_goes_to_the_doctor_service(kube, settings, outside, capsys):
    with serving(kube, replace(settings, doctor_api_url=outside.url)) as (served, _):
        assert run_doctor(served) == 0
    ((path, report),) = outside.posted
    said = "Information sent to deis doctor is available at the following url  "
    assert capsys.readouterr().out == f"{said}{outside.url}{path}\n"
    assert path.startswith("/v3/doctor/")
    assert report["namespaces"][0]["deployments"][0]["data"]["metadata"]["name"] == "deis-thing"
    assert not settings.report_directory.exists()


def test_a_doctor_service_that_refuses_is_said(kube, settings, outside):
    with serving(kube, replace(settings, doctor_api_url=outside.url)) as (served, _):
        outside.otherwise = (503, b'{"code":503,"message":"closed"}')
        with pytest.raises(ServiceFailed, match="answered with status 503: closed"):
            run_doctor(served)


def test_without_a_service_the_report_is_written_out_by_the_command(kube, settings, capsys):
    with serving(kube, settings) as (served, _):
        assert run_doctor(served) == 0
    written = capsys.readouterr()
    report = json.loads(written.out)
    assert report["workflow"]["components"][0]["component"]["name"] == "deis-thing"
    assert {entry["data"]["metadata"]["name"] for entry in report["namespaces"][0]["deployments"]} == {
        "deis-thing"
    }
    assert "look before you share it" in written.err


def test_the_last_reports_stay_and_nobody_else_reads_them(kube, settings, url):
    numbers = [get(f"{url}/doctor", "POST")[1] for _ in range(KEPT + 2)]
    kept = {path.stem for path in settings.report_directory.iterdir()}
    assert kept == set(numbers[-KEPT:])
    assert settings.report_directory.stat().st_mode & 0o777 == 0o700
