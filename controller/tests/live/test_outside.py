"""What the controller tells others and asks them: the logger, deploy hooks, the database, the cluster."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from kit.kube import DEPLOYMENTS, NAMESPACES, SERVICES, Kube
from kit.waiting import wait_for

from .conftest import KUBECONFIG, Controller, build_controller_env
from .listeners import Listener
from .test_slice import IMAGE, SERVER


@pytest.fixture(scope="module")
def logger() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.stop()


@pytest.fixture(scope="module")
def hooked() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.stop()


@pytest.fixture(scope="module")
def own(own_postgres, tmp_path_factory, logger, hooked, router, kubeconfig) -> Iterator[Controller]:
    own_postgres.create_database("outside")
    env = build_controller_env(own_postgres, "outside", router=router) | {
        "DEIS_LOGGER_SERVICE_HOST": "127.0.0.1",
        "DEIS_LOGGER_SERVICE_PORT_HTTP": str(logger.port),
        "DEIS_DEPLOY_HOOK_URLS": f"http://127.0.0.1:1/gone,http://127.0.0.1:{hooked.port}/p",
        "DEIS_DEPLOY_HOOK_SECRET_KEY": "s3",
    }
    server = Controller(env, log=tmp_path_factory.mktemp("outside") / "log").start()
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def client(own):
    return own.register("outsider")


@pytest.fixture(scope="module")
def app(client):
    name = f"ct-{uuid.uuid4().hex[:8]}"
    assert client.post("/v2/apps", {"id": name}).status == 201
    yield name
    assert client.delete(f"/v2/apps/{name}").status in (204, 404)


def test_logs_are_the_loggers(app, client, logger):
    logger.status, logger.body = 200, "línea\n".encode()
    answer = client.get(f"/v2/apps/{app}/logs?log_lines=7")
    assert (answer.status, answer.body) == (200, logger.body)
    assert answer.headers["Content-Type"] == "text/plain"
    assert logger.seen[-1][:2] == ("GET", f"/logs/{app}?log_lines=7")
    client.get(f"/v2/apps/{app}/logs")
    assert logger.seen[-1][1] == f"/logs/{app}?log_lines=100"
    for status in (204, 404):
        logger.status, logger.body = status, b""
        answer = client.get(f"/v2/apps/{app}/logs")
        assert (answer.status, answer.body) == (204, b"")
    before = len(logger.seen)
    logger.status = 400
    answer = client.get(f"/v2/apps/{app}/logs")
    assert (answer.status, answer.body.decode()) == (500, f"Error accessing logs for {app}")
    assert answer.headers["Content-Type"] == "text/plain"
    assert len(logger.seen) - before == 3


def test_the_lines_of_a_destroyed_app_are_dropped(client, logger):
    name = f"ct-{uuid.uuid4().hex[:8]}"
    assert client.post("/v2/apps", {"id": name}).status == 201
    assert client.delete(f"/v2/apps/{name}").status == 204
    assert ("DELETE", f"/logs/{name}") in [seen[:2] for seen in logger.seen]


def test_deploy_hooks_are_told_of_every_release(app, client, hooked):
    client.post(f"/v2/apps/{app}/config", {"values": {"HOOK": "1"}})

    def find(release):
        return next((seen for seen in hooked.seen if f"app={app}&release={release}&" in seen[1]), None)

    verb, path, headers = wait_for(lambda: find("v1"), what="the hook of v1", timeout=10)
    summary = "release_summary=outsider+created+initial+release"
    assert (verb, path) == ("POST", f"/p?app={app}&release=v1&{summary}&sha=&user=outsider")
    assert headers["User-Agent"].startswith("Deis Controller/2.3.0 ")
    assert len(headers["Authorization"]) == 40
    assert wait_for(lambda: find("v2"), what="the hook of v2", timeout=10)


def test_the_database_is_away(own, client, own_postgres):
    assert client.get("/v2/apps").status == 200
    own_postgres.stop("fast")
    try:
        assert own.client().get("/healthz").status == 200
        assert own.client().get("/readiness").status == 503
    finally:
        own_postgres.start()
    wait_for(lambda: own.client().get("/readiness").status == 200 or None, what="readiness", timeout=10)
    assert client.get("/v2/apps").status == 200


@pytest.mark.timeout(200)
def test_what_the_cluster_lost_is_made_again(app, client, own):
    kube = Kube.load({"KUBECONFIG": str(KUBECONFIG)})
    client.post(f"/v2/apps/{app}/config", {"values": {"PORT": "5000"}})
    data = {"image": IMAGE, "procfile": {"web": SERVER}}
    assert client.call("POST", f"/v2/apps/{app}/builds", data, timeout=100).status == 201
    count = client.get(f"/v2/apps/{app}/releases").json["count"]
    deployment = kube.get(DEPLOYMENTS, f"{app}-web", namespace=app)
    own.stop()
    kube.delete(NAMESPACES, app)
    wait_for(lambda: kube.find(NAMESPACES, app) is None or None, what="the end", timeout=60)
    own.start()

    def is_back():
        pods = client.get(f"/v2/apps/{app}/pods").json["results"]
        return [pod["state"] for pod in pods] == ["up"] or None

    wait_for(is_back, what="the pod", timeout=60)
    again = kube.get(DEPLOYMENTS, f"{app}-web", namespace=app)
    assert again["spec"]["template"] == deployment["spec"]["template"]
    service = kube.get(SERVICES, app, namespace=app)
    assert service["metadata"]["annotations"]["router.deis.io/domains"] == app
    assert client.get(f"/v2/apps/{app}/releases").json["count"] == count
    kube.close()
