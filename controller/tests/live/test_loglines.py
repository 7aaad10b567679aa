"""What an app's log says of the controller's own doing: level, tag and text, as the logger files them.

Source: API specification, section 12; Kubernetes specification, sections 4.5, 10, 16.6 and 18 to 20.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest

from kit.kube import PODS, RESOURCEQUOTAS
from kit.waiting import wait_for

from ..pairs import make_pair  # noqa: TID252 - both tiers use it, and tests are no package
from .conftest import BUILDER_KEY, Controller, build_controller_env, making_apps
from .listeners import Listener
from .refusing import REASON, probe_deletion, refusing
from .test_slice import IDLE, IMAGE, SERVER

pytestmark = pytest.mark.timeout(200)


@pytest.fixture(scope="module")
def asked() -> Iterator[Listener]:
    """A router of our own: it knows each app at once, unless a test says otherwise."""
    listener = Listener()
    yield listener
    listener.stop()


def start(postgres, tmp_path_factory, **env) -> Controller:
    name = f"lines_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    log = tmp_path_factory.mktemp("lines") / "log"
    return Controller(build_controller_env(postgres, name) | env, log=log).start()


@pytest.fixture(scope="module")
def own(postgres, asked, kubeconfig, tmp_path_factory) -> Iterator[Controller]:
    """It tells everything, and so do the apps."""
    port = str(asked.port)
    server = start(postgres, tmp_path_factory, DEIS_DEBUG="false", DEIS_ROUTER_SERVICE_PORT=port)
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def carol(own):
    return own.register("carol")


@pytest.fixture(scope="module")
def create(namespaces, own):
    with making_apps(namespaces) as create:
        yield create


@pytest.fixture
def lines(own):
    """The lines of the controller that are about an app; without one, all."""

    def read(app=""):
        tag = f" [{app}]: "
        return [line for line in own.log.read_text().splitlines() if not app or tag in line]

    return read


def deploy(client, app, procfile, *, routable=False):
    path = f"/v2/apps/{app}"
    if not routable:
        assert client.post(f"{path}/settings", {"routable": False}).status == 201
    body = {"image": IMAGE, "procfile": procfile}
    answer = client.call("POST", f"{path}/builds", body, timeout=150)
    assert answer.status == 201, answer.body
    return path


def has_ended(client, answer):
    """The operation that was accepted."""
    return client.get(answer.headers["Location"]).json["state"] not in ("queued", "running")


def test_scale_run_and_publishing(create, carol, lines):
    """An image that the nodes pull themselves is used as it is. A run in debug mode tells the command so."""
    app = create(carol)
    path = deploy(carol, app, {"web": IDLE, "worker": IDLE})
    for counts in ({"web": 0, "worker": 1}, {"web": 0, "worker": 0}):
        assert carol.call("POST", f"{path}/scale", counts, timeout=100).status == 204
    ran = carol.call("POST", f"{path}/run", {"command": 'echo "it\'s $DEIS_DEBUG"'}, timeout=100)
    assert (ran.status, ran.json) == (200, {"exit_code": 0, "output": "it's 1\n"})
    said = lines(app)
    for line in (
        "carol created initial release",
        "No build associated with this release to publish",
        f"carol deployed {IMAGE}",
        f"{IMAGE} exists in the target registry. Using image for release 2 of app {app}",
        f"scaling Deployment {app}-web from 1 to 0 replicas",
        "carol scaled pods web=0 worker=1",
        f"Not scaling Deployment {app}-web to 0 replicas. Already at desired replicas",
        f"scaling Deployment {app}-worker from 1 to 0 replicas",
        "carol scaled pods web=0 worker=0",
    ):
        assert f"INFO [{app}]: {line}" in said
    (run,) = [line for line in said if " runs " in line]
    assert re.fullmatch(
        rf"INFO \[{app}\]: carol on {app}-run-[a-z0-9]{{5}} runs 'echo \"it's \$DEIS_DEBUG\"'", run
    )


def test_a_slug_listens_where_the_platform_says(create, own, carol, lines):
    app = create(carol)
    builder = own.client(headers={"X-Deis-Builder-Auth": BUILDER_KEY})
    body = {"receive_user": "carol", "receive_repo": app, "dockerfile": "", "procfile": {"worker": "x"}}
    slug = {"sha": "0123abcd", "image": f"home/{app}:git-0123abcd/push/slug.tgz"}
    assert builder.post("/v2/hooks/build/", body | slug).status == 200
    assert f"INFO [{app}]: buildpack type detected. Defaulting to $PORT 5000" in lines(app)
    assert carol.post(f"/v2/apps/{app}/config", {"values": {"A": "1"}}).status == 201
    assert lines(app).count(f"INFO [{app}]: No build associated with this release to publish") == 1


def test_the_router_check(create, carol, asked, lines):
    procfile = {"web": SERVER}
    ready, unready = create(carol), create(carol)
    for app in (ready, unready):
        assert carol.post(f"/v2/apps/{app}/config", {"values": {"PORT": "5000"}}).status == 201
    deploy(carol, ready, procfile, routable=True)
    waiting = "Waiting for router to be ready to serve traffic to process type web"
    assert f"DEBUG [{ready}]: {waiting}" in lines(ready)
    assert f"DEBUG [{ready}]: Router is ready to serve traffic to process type web" in lines(ready)
    asked.status = 404
    try:
        deploy(carol, unready, procfile, routable=True)
    finally:
        asked.status = 200
    told = rf"WARN \[{unready}\]: Router was not ready to serve traffic to process type web in time, waited \d+ seconds"
    assert f"DEBUG [{unready}]: {waiting}" in lines(unready)
    assert [line for line in lines(unready) if re.fullmatch(told, line)]
    assert not [line for line in lines(unready) if "Router is ready" in line]


def test_pods_that_do_not_stop_and_pods_that_do_not_start_again(create, carol, kube, lines):
    """The answer is 200 with what there is; why it is not more is in the log."""
    app = create(carol)
    path = deploy(carol, app, {"web": IDLE})
    (pod,) = carol.get(f"{path}/pods").json["results"]
    probe = probe_deletion(kube, PODS, pod["name"], namespace=app)
    quota = {"metadata": {"name": "none"}, "spec": {"hard": {"pods": "0"}}}
    with refusing(kube, "DELETE", PODS, namespaces=[app], probe=probe):
        answer = carol.call("POST", f"{path}/pods/restart", timeout=100, Prefer="respond-async")
        assert answer.status == 202
        stopped = f"WARN [{app}]: warning, some pods failed to stop:"
        wait_for(lambda: stopped in lines(app), what="the line", timeout=30)
        carol.post(f"{answer.headers['Location']}/cancel")
        wait_for(lambda: has_ended(carol, answer), what="the end of the restart", timeout=30)
    after = lines(app)[lines(app).index(stopped) + 1]
    assert after.startswith(f'WARN [{app}]: failed to delete Pod "{pod["name"]}" in Namespace "{app}": ')
    assert REASON in after
    kube.create(RESOURCEQUOTAS, quota, namespace=app)
    started = f"WARN [{app}]: warning, some pods failed to start:"
    answer = carol.call("POST", f"{path}/pods/restart", timeout=100)
    assert (answer.status, answer.json) == (200, [])
    assert "exceeded quota: none" in lines(app)[lines(app).index(started) + 1]


def test_a_failed_deploy_and_a_failed_scale(create, carol, lines):
    app = create(carol)
    path = deploy(carol, app, {"web": IDLE, "worker": IDLE})
    too_much = {"memory": {"web": "2G/1G"}}
    assert carol.call("POST", f"{path}/config", too_much, timeout=100).status == 400
    back = "There was a problem deploying v3. Rolling back process types to release v2."
    assert f"ERROR [{app}]: {back}" in lines(app)
    assert f"ERROR [{app}]: (app::deploy): {back}" in lines(app)
    worker = {"memory": {"worker": "2G/1G"}}
    assert carol.call("POST", f"{path}/config", worker, timeout=100).status == 201
    assert carol.call("POST", f"{path}/scale", {"worker": 1}, timeout=100).status == 503
    assert [line for line in lines(app) if line.startswith(f"ERROR [{app}]: (scale): failed to ")]


def test_certificates_are_no_apps_business(carol, own, lines):
    name, pair = f"c-{uuid.uuid4().hex[:8]}", make_pair("foo.com")
    body = {"name": name, "certificate": pair.certificate, "key": pair.key}
    assert carol.post("/v2/certs", body).status == 201
    assert carol.delete(f"/v2/certs/{name}").status == 204
    said = lines()
    assert said.index(f"INFO certificate {name} added") < said.index(f"INFO certificate {name} removed")


def test_what_goes_with_an_app(carol, lines):
    app = f"ct-{uuid.uuid4().hex[:8]}"
    path = f"/v2/apps/{app}"
    assert carol.post("/v2/apps", {"id": app}).status == 201
    rows = [carol.get(f"{path}/tls").json["uuid"]]
    rows.append(carol.post(f"{path}/tls", {"https_enforced": True}).json["uuid"])
    assert carol.delete(path).status == 204
    assert f"INFO [{app}]: deleting environment" in lines()
    for row in rows:
        assert f"INFO tls {app}-{row[:7]} removed" in lines()


def test_an_ingress_is_told_of_when_it_is_made(postgres, kubeconfig, tmp_path_factory):
    ingress = {"NATIVE_INGRESS": "true", "NATIVE_INGRESS_HOSTNAME": "example.com"}
    server = start(postgres, tmp_path_factory, **ingress)
    app = f"ct-{uuid.uuid4().hex[:8]}"
    try:
        operator = server.register("operator")
        assert operator.post("/v2/apps", {"id": app}).status == 201
        line = f"INFO [{app}]: creating Ingress {app}"
        assert server.log.read_text().splitlines().count(line) == 1
        assert operator.post(f"/v2/apps/{app}/domains", {"domain": f"{app}.example.org"}).status == 201
        assert operator.delete(f"/v2/apps/{app}").status == 204
        assert server.log.read_text().splitlines().count(line) == 1
    finally:
        server.stop()
        print(server.log.read_text()[-5000:])
