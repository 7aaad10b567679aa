"""A platform with a registry of its own, a real one, from which the nodes pull.

Source: API specification, sections 8.1, 10.3 and 16; Kubernetes specification, sections 7, 10 and 29.
"""

from __future__ import annotations

import ipaddress
import json
import uuid
from collections.abc import Iterator

import pytest

from controller.cluster.registryclient import Repository
from controller.cluster.registrypools import Pools
from kit.kube import DEPLOYMENTS, SERVICES

from .conftest import Controller, build_controller_env, making_apps
from .registries import put_idle_image, running_registry
from .test_slice import IDLE, IMAGE

OUTSIDE = IMAGE.partition("/")[0]

pytestmark = pytest.mark.timeout(200)


@pytest.fixture(scope="module")
def registry(tmp_path_factory) -> Iterator[str]:
    with running_registry(tmp_path_factory.mktemp("registry"), auth={}) as address:
        yield address


@pytest.fixture(scope="module")
def own(postgres, router, registry, kubeconfig, tmp_path_factory) -> Iterator[Controller]:
    name = f"images_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    host, _, port = registry.partition(":")
    env = build_controller_env(postgres, name, router=router) | {
        "DEIS_REGISTRY_LOCATION": "on-cluster",
        "DEIS_REGISTRY_SERVICE_HOST": host,
        "DEIS_REGISTRY_SERVICE_PORT": port,
        "DEIS_EXPOSE_POD_IP": "True",
        "DEIS_REGISTRY_URL": f"http://{registry}",
        "DEIS_MIRRORS": json.dumps({OUTSIDE: f"http://{OUTSIDE}"}),
    }
    server = Controller(env, log=tmp_path_factory.mktemp("images") / "log").start()
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def dave(own):
    own.register("root")  # the first is an administrator, and may use every app
    return own.register("dave")


@pytest.fixture(scope="module")
def create(namespaces, own):
    with making_apps(namespaces) as create:
        yield create


def build(client, app, status=201, **body):
    answer = client.call("POST", f"/v2/apps/{app}/builds", body, timeout=150)
    assert answer.status == status, answer.body
    return answer.json


def list_pods(client, app):
    pods = client.get(f"/v2/apps/{app}/pods").json["results"]
    return sorted((pod["type"], pod["release"], pod["state"]) for pod in pods)


@pytest.fixture
def find_image(kube):
    def find(app, process_type):
        found = kube.get(DEPLOYMENTS, f"{app}-{process_type}", namespace=app)
        (container,) = found["spec"]["template"]["spec"]["containers"]
        return container["image"]

    return find


@pytest.fixture
def read_manifest(registry):
    """Of an app's image in the registry."""

    def read(app, tag):
        return Repository(Pools({}), f"http://{registry}", app, timeout=10.0).get_manifest(tag).content

    return read


def test_an_image_of_the_platforms_registry_is_used_unchanged(create, dave, registry, find_image, own):
    """Nothing is copied, and its port is what it exposes. The host alone names the registry, too."""
    app = create(dave)
    path = f"/v2/apps/{app}"
    image = put_idle_image(registry, app, base=IMAGE, port=8123)
    assert dave.post(f"{path}/settings", {"routable": False}).status == 201
    assert build(dave, app, image=image)["image"] == image
    assert find_image(app, "cmd") == image
    assert list_pods(dave, app) == [("cmd", "v2", "up")]
    used = f"{image} exists in the target registry. Using image for release 2 of app {app}"
    assert f"INFO [{app}]: {used}" in own.log.read_text().splitlines()
    ran = dave.call("POST", f"{path}/run", {"command": "echo $PORT"}, timeout=100)
    assert ran.json == {"exit_code": 0, "output": "8123\n"}
    assert dave.call("POST", f"{path}/scale", {"cmd": 0}, timeout=100).status == 204
    alone = f"{registry.partition(':')[0]}/{app}:idle"
    build(dave, app, image=alone)
    assert find_image(app, "cmd") == alone


def test_another_apps_image_is_nobody_elses(create, own, dave, registry):
    theirs = create(own.register("erin"))
    app = create(dave)
    build(dave, app, status=403, image=f"{registry}/{theirs}:v2")
    assert dave.get(f"/v2/apps/{app}/releases").json["count"] == 1


def test_an_image_from_outside_is_copied_for_each_release(create, dave, registry, find_image, read_manifest):
    app = create(dave)
    assert dave.post(f"/v2/apps/{app}/settings", {"routable": False}).status == 201
    build(dave, app, image=IMAGE, procfile={"web": IDLE})
    assert find_image(app, "web") == f"{registry}/{app}:v2"
    assert dave.call("POST", f"/v2/apps/{app}/config", {"values": {"A": "1"}}, timeout=100).status == 201
    assert find_image(app, "web") == f"{registry}/{app}:v3"
    assert read_manifest(app, "v2") == read_manifest(app, "v3")
    assert list_pods(dave, app) == [("web", "v3", "up")]


def test_every_app_knows_its_pods_address_where_the_operator_says_so(create, dave):
    """But for one that says otherwise."""
    app = create(dave)
    path = f"/v2/apps/{app}"
    assert dave.post(f"{path}/settings", {"routable": False}).status == 201
    build(dave, app, image=IMAGE, procfile={"web": IDLE})
    asked = {"command": "echo ${POD_IP:-nothing}"}
    told = dave.call("POST", f"{path}/run", asked, timeout=100).json
    ipaddress.ip_address(told["output"].strip())
    secret = {"values": {"DEIS_EXPOSE_POD_IP": "False"}}
    assert dave.call("POST", f"{path}/config", secret, timeout=100).status == 201
    assert dave.call("POST", f"{path}/run", asked, timeout=100).json["output"] == "nothing\n"


def test_no_procfile_at_all_ends_what_it_ran_and_starts_the_images_own_command(create, dave, registry, kube):
    """The build before was of another kind, as it had a Procfile from a repository. Requests go to what runs now."""
    app = create(dave)
    path = f"/v2/apps/{app}"
    image = put_idle_image(registry, app, base=IMAGE, port=8123)
    assert dave.post(f"{path}/settings", {"routable": False}).status == 201
    procfile = {"web": IDLE, "worker": IDLE}
    build(dave, app, image=image, sha="0123abcd", dockerfile="true", procfile=procfile)
    assert dave.call("POST", f"{path}/scale", {"worker": 1}, timeout=100).status == 204
    assert list_pods(dave, app) == [("web", "v2", "up"), ("worker", "v2", "up")]
    build(dave, app, image=image)
    assert dave.get(path).json["structure"] == {"cmd": 1, "web": 0, "worker": 0}
    assert dave.get(path).json["procfile_structure"] == {}
    assert list_pods(dave, app) == [("cmd", "v3", "up")]
    assert kube.get(SERVICES, app, namespace=app)["spec"]["selector"]["type"] == "cmd"
    answer = dave.call("POST", f"{path}/scale", {"worker": 1}, timeout=100)
    gone = {"detail": "Container type worker does not exist in application"}
    assert (answer.status, answer.json) == (404, gone)
