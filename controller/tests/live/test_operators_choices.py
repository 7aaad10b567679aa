"""What an operator sets for the whole platform, and a platform whose Kubernetes does not answer.

Source: API specification, sections 7.5, 8.1 and 16; Kubernetes specification, sections 1, 4.3, 7.3 and 25.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator

import pytest

from kit.kube import RESOURCEQUOTAS, Kube

from .conftest import BUILDER_KEY, KUBECONFIG, Controller, build_controller_env
from .test_slice import IDLE, IMAGE

TAGS = {"kubernetes.io/os": "linux"}
CHOICES = {
    "DEIS_DEFAULT_CONFIG_TAGS": json.dumps(TAGS),
    "DEIS_DEPLOY_REJECT_IF_PROCFILE_MISSING": "true",
    "KUBERNETES_NAMESPACE_DEFAULT_QUOTA_SPEC": '{"spec": {"hard": {"pods": "10"}}}',
    "SLUGRUNNER_IMAGE_NAME": "deis/slugrunner:1",
    "DEIS_LOGGER_SERVICE_HOST": "127.0.0.1",
    "DEIS_LOGGER_SERVICE_PORT_HTTP": "1",
}
AWAY = {
    "current-context": "c",
    "contexts": [{"name": "c", "context": {"cluster": "c"}}],
    "clusters": [{"name": "c", "cluster": {"server": "https://127.0.0.1:1"}}],
}
"""A cluster that nobody answers for; JSON is YAML."""
PROCFILE_MISSING = (
    "Last deployment had a Procfile but is missing in this deploy. "
    "For a successful deployment provide a Procfile."
)
pytestmark = pytest.mark.timeout(150)


@pytest.fixture(scope="module")
def own(postgres, router, kubeconfig, tmp_path_factory) -> Iterator[Controller]:
    name = f"choices_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    env = build_controller_env(postgres, name, router=router) | CHOICES
    server = Controller(env, log=tmp_path_factory.mktemp("choices") / "log").start()
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def client(own):
    return own.register("operator")


@pytest.fixture
def app(own, client) -> Iterator[str]:
    name = f"ct-{uuid.uuid4().hex[:8]}"
    assert client.post("/v2/apps", {"id": name}).status == 201
    yield name
    assert client.delete(f"/v2/apps/{name}").status == 204


@pytest.fixture
def restarted(own) -> Iterator[Callable[..., None]]:
    """The same controller with other settings, until the test has ended."""

    def restart(**env: str) -> None:
        own.stop()
        own.start(**env)

    yield restart
    restart()


@pytest.fixture
def on_cluster(restarted, app) -> None:
    """A platform with a registry of its own, after the app was made."""
    restarted(DEIS_REGISTRY_LOCATION="on-cluster")


def push(own, app, procfile):
    builder = own.client(headers={"X-Deis-Builder-Auth": BUILDER_KEY})
    body = {"receive_user": "operator", "receive_repo": app, "dockerfile": "", "procfile": procfile}
    slug = {"sha": "0123abcd", "image": f"home/{app}:git-0123abcd/push/slug.tgz"}
    return builder.post("/v2/hooks/build/", body | slug)


def test_default_tags_are_there_from_the_first_release_and_stay(app, client):
    path = f"/v2/apps/{app}/config"
    assert client.get(path).json["tags"] == TAGS
    summary = "operator created initial release and operator added tag kubernetes.io/os"
    assert client.get(f"/v2/apps/{app}/releases/v1").json["summary"] == summary
    assert client.post(path, {"values": {"A": "1"}}).json["tags"] == TAGS


def test_default_tags_that_no_node_has_are_told_when_an_app_is_made(client, restarted):
    restarted(DEIS_DEFAULT_CONFIG_TAGS='{"rack": "nowhere"}')
    name = f"ct-{uuid.uuid4().hex[:8]}"
    answer = client.post("/v2/apps", {"id": name})
    detail = "No nodes matched the provided labels: rack=nowhere"
    assert (answer.status, answer.json) == (400, {"detail": detail})
    assert client.get(f"/v2/apps/{name}").status == 404


def test_the_quota_is_in_the_apps_namespace(app):
    kube = Kube.load({"KUBECONFIG": str(KUBECONFIG)})
    quota = kube.get(RESOURCEQUOTAS, f"{app}-quota", namespace=app)
    kube.close()
    assert quota["spec"] == {"hard": {"pods": "10"}}


def test_a_forgotten_procfile_is_refused_where_the_operator_says_so(own, app, client):
    assert push(own, app, {"worker": "x"}).status == 200
    answer = push(own, app, {})
    assert (answer.status, answer.json) == (409, {"detail": PROCFILE_MISSING})
    assert client.get(f"/v2/apps/{app}/builds").json["count"] == 1
    assert client.get(f"/v2/apps/{app}/releases").json["count"] == 2


def test_a_forgotten_procfile_is_kept_where_the_operator_says_so(own, app, client, restarted):
    choices = {
        "DEIS_DEPLOY_REJECT_IF_PROCFILE_MISSING": "false", "DEIS_DEPLOY_PROCFILE_MISSING_REMOVE": "false",
    }  # fmt: skip
    restarted(**choices)
    path = f"/v2/apps/{app}"
    assert client.post(f"{path}/settings", {"routable": False}).status == 201
    procfile = {"web": IDLE, "worker": IDLE}
    build = {"image": IMAGE, "procfile": procfile}
    assert client.call("POST", f"{path}/builds", build, timeout=100).status == 201
    assert client.call("POST", f"{path}/scale", {"worker": 1}, timeout=100).status == 204
    answer = client.call("POST", f"{path}/builds", {"image": IMAGE}, timeout=100)
    assert (answer.status, answer.json["procfile"]) == (201, procfile)
    assert client.get(path).json["structure"] == {"web": 1, "worker": 1}
    pods = client.get(f"{path}/pods").json["results"]
    assert sorted((pod["type"], pod["release"]) for pod in pods) == [("web", "v3"), ("worker", "v3")]
    assert client.call("POST", f"{path}/scale", {"worker": 0}, timeout=100).status == 204


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("deis/controller:1", "Repository name deis/controller is not allowed, as it is reserved by Deis"),
        ("127.0.0.1:1/nobody/home:1", "does not answer"),
    ],
)
def test_an_image_that_can_not_be_published_fails_its_release(client, on_cluster, app, image, said):
    path = f"/v2/apps/{app}"
    answer = client.post(f"{path}/builds", {"image": image, "procfile": {"worker": "x"}})
    assert answer.status == 400
    assert said in answer.json["detail"]
    newest = client.get(f"{path}/releases").json["results"][0]
    assert (newest["version"], newest["failed"]) == (2, True)
    assert client.get(f"{path}/builds").json["count"] == 1


def test_without_the_platforms_registry_images_wait_and_slugs_go_on(own, app, client, restarted):
    restarted(DEIS_REGISTRY_LOCATION="on-cluster", DEIS_REGISTRY_URL="http://127.0.0.1:1")
    path = f"/v2/apps/{app}"
    dockerfile = {"image": f"{app}:git-0123abcd", "sha": "0123abcd", "dockerfile": "true"}
    for build in ({"image": IMAGE}, dockerfile):
        answer = client.post(f"{path}/builds", build | {"procfile": {"worker": "x"}})
        assert answer.status == 503
        assert answer.json["detail"].startswith("The platform's registry does not answer: ")
    assert client.get(f"{path}/builds").json["count"] == 0
    assert client.get(f"{path}/releases").json["count"] == 1
    assert push(own, app, {"worker": "x"}).status == 200
    assert client.post(f"{path}/config", {"values": {"A": "1"}}).status == 201


def test_without_kubernetes_each_answer_says_so(app, client, restarted, tmp_path):
    (tmp_path / "config").write_text(json.dumps(AWAY))
    restarted(KUBECONFIG=str(tmp_path / "config"))
    path = f"/v2/apps/{app}"
    answer = client.get(f"{path}/pods")
    assert answer.status == 503
    assert answer.json["detail"].startswith("(list pods): ")
    other = f"ct-{uuid.uuid4().hex[:8]}"
    assert client.post("/v2/apps", {"id": other}).status == 503
    assert client.get(f"/v2/apps/{other}").status == 404
    answer = client.post(f"{path}/domains", {"domain": f"{app}.example.com"})
    assert (answer.status, answer.json) == (503, {"detail": f"Could not fetch Kubernetes Service {app}"})
    assert client.post(f"{path}/tls", {"https_enforced": True}).status == 503
    answer = client.post(f"{path}/settings", {"maintenance": True})
    assert (answer.status, answer.json) == (503, {"detail": f"Could not fetch Kubernetes Service {app}"})
    assert client.get(f"{path}/domains").json["count"] == 1
    assert client.get(f"{path}/tls").json["https_enforced"] is None
    assert client.get(f"{path}/settings").json["maintenance"] is False


def test_without_a_logger_logs_say_so(app, client):
    answer = client.get(f"/v2/apps/{app}/logs")
    told = f"Error accessing logs for {app}: the logger does not answer"
    assert (answer.status, answer.body.decode()) == (503, told)
