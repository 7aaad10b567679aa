"""A cluster that takes half of what it is told: the client gets the specification's sentence, and nothing stays.

Source: API specification, sections 6.3 and 16; Kubernetes specification, sections 4.3, 23 and 29.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from controller.cluster.basics import ensure, get_quota_words
from controller.cluster.errors import ClusterAnswerError
from controller.cluster.manifests.namespaces import build_quota
from kit.kube import INGRESSES, NAMESPACES, RESOURCEQUOTAS, SERVICES, Kube
from kit.waiting import wait_for

from .conftest import Controller, build_controller_env
from .refusing import REASON, probe_change, probe_creation, probe_deletion, refusing
from .routingchanges import check_nothing_is_stored

SERVICE = {"metadata": {"name": "probe"}, "spec": {"ports": [{"port": 80}]}}
QUOTA = {"metadata": {"name": "probe"}, "spec": {"hard": {"pods": "10"}}}
RULE = {"host": "probe.example.com"}
INGRESS = {"metadata": {"name": "probe"}, "spec": {"rules": [RULE]}}
NOT_MADE = {"detail": "Kubernetes resources could not be created"}
ROUTABLE = "router.deis.io/routable"

pytestmark = pytest.mark.timeout(150)


@pytest.fixture(scope="module")
def own(postgres, router, kubeconfig, tmp_path_factory) -> Iterator[Controller]:
    """With a quota for each app, and an Ingress."""
    name = f"refusals_{uuid.uuid4().hex[:8]}"
    postgres.create_database(name)
    env = build_controller_env(postgres, name, router=router) | {
        "KUBERNETES_NAMESPACE_DEFAULT_QUOTA_SPEC": '{"spec": {"hard": {"pods": "10"}}}',
        "NATIVE_INGRESS": "true",
        "NATIVE_INGRESS_HOSTNAME": "example.com",
    }
    server = Controller(env, log=tmp_path_factory.mktemp("refusals") / "log").start()
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def operator(own):
    return own.register("operator")


@pytest.fixture
def name(kube) -> Iterator[str]:
    """Of an app that there may be or not; a namespace of that name goes in the end."""
    name = f"ct-{uuid.uuid4().hex[:8]}"
    yield name
    kube.delete(NAMESPACES, name)


@pytest.fixture(scope="module")
def nearby(kube) -> Iterator[str]:
    """A namespace in which it is tried whether a policy is in force before there is an app."""
    name = f"ct-{uuid.uuid4().hex[:8]}"
    kube.create(NAMESPACES, {"metadata": {"name": name}})
    yield name
    kube.delete(NAMESPACES, name)


def wait_until_gone(kube, name):
    wait_for(lambda: kube.find(NAMESPACES, name) is None, what=f"the end of namespace {name}", timeout=100)


@pytest.mark.parametrize(
    ("resource", "manifest", "said", "failed"),
    [
        (SERVICES, SERVICE, NOT_MADE["detail"], 'failed to create Service "{0}" in Namespace "{0}"'),
        (RESOURCEQUOTAS, QUOTA, NOT_MADE["detail"], "failed to create quota {0}-quota for namespace {0}"),
        (INGRESSES, INGRESS, "Could not create Ingress in Kubernetes", "failed to create Ingress {0}"),
    ],
    ids=["the Service", "the quota", "the Ingress"],
)
def test_an_app_of_which_the_cluster_takes_half_leaves_nothing(
    own, operator, kube, name, nearby, resource, manifest, said, failed
):
    probe = probe_creation(kube, resource, manifest, namespace=nearby)
    with refusing(kube, "CREATE", resource, namespaces=[name, nearby], probe=probe):
        answer = operator.post("/v2/apps", {"id": name})
        assert (answer.status, answer.json) == (503, {"detail": said})
    told = [line for line in own.log.read_text().splitlines() if line.startswith(f"ERROR {name}: {said}: ")]
    assert failed.format(name) in told[0]
    assert REASON in told[0]
    for below in ("", "/config", "/settings", "/tls", "/releases", "/builds", "/domains"):
        assert operator.get(f"/v2/apps/{name}{below}").status == 404, below
    wait_until_gone(kube, name)
    assert operator.post("/v2/apps", {"id": name}).status == 201
    assert operator.get(f"/v2/apps/{name}/releases").json["count"] == 1
    assert kube.get(resource, f"{name}-quota" if resource is RESOURCEQUOTAS else name, namespace=name)
    assert operator.delete(f"/v2/apps/{name}").status == 204


def test_an_app_that_lost_its_service_and_can_not_have_another_is_told_so_and_stays(operator, kube, name):
    assert operator.post("/v2/apps", {"id": name}).status == 201
    kube.delete(SERVICES, name, namespace=name)
    probe = probe_creation(kube, SERVICES, SERVICE, namespace=name)
    with refusing(kube, "CREATE", SERVICES, namespaces=[name], probe=probe):
        answer = operator.post(f"/v2/apps/{name}")
        assert (answer.status, answer.json) == (503, NOT_MADE)
        assert kube.get(NAMESPACES, name)["status"]["phase"] == "Active"
        assert operator.get(f"/v2/apps/{name}").status == 200
    assert operator.post(f"/v2/apps/{name}").status == 200
    assert kube.get(SERVICES, name, namespace=name)
    assert operator.delete(f"/v2/apps/{name}").status == 204


def test_an_app_whose_namespace_can_not_be_made_leaves_nothing(own, operator, kube, name, nearby):
    def probe():
        body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"{nearby}-2"}}
        kube.transport.send("POST", "/api/v1/namespaces", query={"dryRun": "All"}, body=body)

    with refusing(kube, "CREATE", NAMESPACES, namespaces=[name, f"{nearby}-2"], probe=probe):
        answer = operator.post("/v2/apps", {"id": name})
        said = "Could not create the Namespace in Kubernetes"
        assert (answer.status, answer.json) == (503, {"detail": said})
    assert f"ERROR {name}: {said}: failed to create Namespace {name}: " in own.log.read_text()
    assert operator.get(f"/v2/apps/{name}").status == 404
    assert operator.post("/v2/apps", {"id": name}).status == 201
    assert operator.delete(f"/v2/apps/{name}").status == 204


def test_an_app_whose_namespace_can_not_be_deleted_lives_on(create_app, alice, builder, kube):
    app = create_app(alice)
    push = {"receive_user": "alice", "receive_repo": app, "sha": "0123abcd", "dockerfile": ""}
    slug = {"image": f"home/{app}:git-0123abcd/push/slug.tgz", "procfile": {"worker": "x"}}
    assert builder.post("/v2/hooks/build/", push | slug).status == 200
    with refusing(kube, "DELETE", NAMESPACES, namespaces=[app], probe=probe_deletion(kube, NAMESPACES, app)):
        answer = alice.delete(f"/v2/apps/{app}")
        said = f"Could not delete Kubernetes Namespace {app} within 30 seconds"
        assert (answer.status, answer.json) == (503, {"detail": said})
        assert alice.get(f"/v2/apps/{app}").json["id"] == app
        assert alice.get(f"/v2/apps/{app}/releases").json["count"] == 2
        assert alice.post(f"/v2/apps/{app}/config", {"values": {"A": "1"}}).status == 201

    def is_routed_again():
        return kube.get(SERVICES, app, namespace=app)["metadata"]["labels"].get(ROUTABLE) == "true"

    wait_for(is_routed_again, what="requests for the app", timeout=30)
    assert alice.delete(f"/v2/apps/{app}").status == 204
    assert alice.get(f"/v2/apps/{app}").status == 404


def test_an_app_without_a_release_lives_on_too(create_app, alice, kube):
    app = create_app(alice)
    with refusing(kube, "DELETE", NAMESPACES, namespaces=[app], probe=probe_deletion(kube, NAMESPACES, app)):
        assert alice.delete(f"/v2/apps/{app}").status == 503

        def is_routed_again():
            return kube.get(SERVICES, app, namespace=app)["metadata"]["labels"].get(ROUTABLE) == "true"

        wait_for(is_routed_again, what="requests for the app", timeout=30)


def test_an_app_that_is_neither_made_nor_taken_back_is_told_so(operator, kube, name, nearby):
    """The namespace stays until it may be deleted, and so the name is taken that long."""
    probes = (
        probe_creation(kube, SERVICES, SERVICE, namespace=nearby),
        probe_deletion(kube, NAMESPACES, nearby),
    )
    both = [name, nearby]
    with refusing(kube, "DELETE", NAMESPACES, namespaces=both, probe=probes[1]):
        with refusing(kube, "CREATE", SERVICES, namespaces=both, probe=probes[0]):
            answer = operator.post("/v2/apps", {"id": name})
            said = "Could not delete the Namespace in Kubernetes"
            assert (answer.status, answer.json) == (503, {"detail": said})
        assert operator.get(f"/v2/apps/{name}").status == 404
        taken = f"{name} already exists as a namespace in this kuberenetes setup"
        answer = operator.post("/v2/apps", {"id": name})
        assert (answer.status, answer.json) == (409, {"detail": taken})


def test_what_the_service_does_not_take_is_not_stored(create_app, alice, kube):
    app = create_app(alice)
    path, host = f"/v2/apps/{app}", f"{app}.example.com"
    assert alice.post(f"{path}/domains", {"domain": host}).status == 201
    with refusing(
        kube, "UPDATE", SERVICES, namespaces=[app], probe=probe_change(kube, SERVICES, app, namespace=app)
    ):
        check_nothing_is_stored(alice, app, host=host, told=f"Could not update Kubernetes Service {app}")


def test_a_quota_in_a_namespace_that_is_missing(kube: Kube):
    ghost = f"ct-ghost-{uuid.uuid4().hex[:8]}"
    quota = build_quota(ghost, setting={"spec": {"hard": {"pods": "10"}}})
    with pytest.raises(ClusterAnswerError) as told:
        ensure(kube, RESOURCEQUOTAS, quota, words=get_quota_words(ghost))
    expected = f"failed to create quota {ghost}-quota for namespace {ghost}: 404 Not Found"
    assert str(told.value).startswith(expected)
