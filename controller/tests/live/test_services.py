"""Process types with requests of their own, over HTTP. Source: API specification, section 15."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from controller.cluster.desired import DesiredApp, Process, ServiceState, TypeService
from controller.cluster.manifests.services import build_type_service
from controller.cluster.typeservices import point_type_services
from kit.kube import SERVICES, Kube

from .conftest import KUBECONFIG
from .scripted import Reply, serving

WRONG_PATTERN = ["Service value should be valid regex (or set of regex split by comma)"]
WRONG_TYPE = ["Process types can only contain lowercase alphanumeric characters"]


@pytest.fixture
def app(create_app, alice):
    return create_app(alice)


@pytest.fixture
def services(app):
    return f"/v2/apps/{app}/services"


@pytest.fixture
def find(app):
    """The Service of a process type in the cluster, or None."""
    kube = Kube.load({"KUBECONFIG": str(KUBECONFIG)})
    yield lambda process_type: kube.find(SERVICES, f"{app}-{process_type}", namespace=app)
    kube.close()


def test_services_are_set_listed_and_removed(services, find, app, alice):
    assert alice.get(services).json == {"services": []}
    api = {"procfile_type": "api", "path_pattern": "/api"}
    for status, body in (
        (201, api),
        (204, api),
        (201, {"procfile_type": "test", "path_pattern": "/x,^/y{1}$"}),
        (201, api | {"path_pattern": "/v2"}),
    ):
        answer = alice.post(services, body)
        assert (answer.status, answer.body) == (status, b"")
    assert alice.get(f"{services}/").json == {
        "services": [
            {"procfile_type": "test", "path_pattern": "/x,^/y{1}$"},
            {"procfile_type": "api", "path_pattern": "/v2"},
        ]
    }
    metadata, spec = find("api")["metadata"], find("api")["spec"]
    prefix = "router.deis.io/"
    assert {name: text for name, text in metadata["annotations"].items() if name.startswith(prefix)} == {
        f"{prefix}domains": f"{app}-api",
        f"{prefix}proxyDomain": app,
        f"{prefix}proxyLocations": "/v2",
        f"{prefix}maintenance": "false",
    }
    assert metadata["labels"][f"{prefix}routable"] == "true"
    assert spec["selector"] == {"app": app, "type": "api", "heritage": "deis"}
    assert alice.delete(services, {"procfile_type": "api"}).status == 204
    assert find("api") is None
    answer = alice.delete(services, {"procfile_type": "api"})
    assert (answer.status, answer.json) == (404, "No Service matches the given query.")
    assert len(alice.get(services).json["services"]) == 1


def test_maintenance_and_the_whitelist_reach_the_services(services, find, alice):
    assert alice.post(services, {"procfile_type": "api", "path_pattern": "/api"}).status == 201
    settings = services.replace("services", "settings")
    assert alice.post(settings, {"maintenance": True, "whitelist": ["1.2.3.4"]}).status == 201
    annotations = find("api")["metadata"]["annotations"]
    assert annotations["router.deis.io/maintenance"] == "true"
    assert annotations["router.deis.io/whitelist"] == "1.2.3.4"
    assert alice.post(settings, {"maintenance": False, "whitelist": []}).status == 201
    annotations = find("api")["metadata"]["annotations"]
    assert annotations["router.deis.io/maintenance"] == "false"
    assert "router.deis.io/whitelist" not in annotations


def test_a_service_that_somebody_deleted_is_made_again(services, find, app, alice):
    assert alice.post(services, {"procfile_type": "api", "path_pattern": "/api"}).status == 201
    kube = Kube.load({"KUBECONFIG": str(KUBECONFIG)})
    kube.delete(SERVICES, f"{app}-api", namespace=app)
    kube.close()
    assert find("api") is None
    assert alice.post(services.replace("services", "domains"), {"domain": f"{app}.example.com"}).status == 201
    assert find("api")["metadata"]["annotations"]["router.deis.io/proxyLocations"] == "/api"


def test_a_deploy_takes_the_services_to_its_port_and_makes_none_that_was_removed_meanwhile():
    api, gone = TypeService("api", "/api"), TypeService("gone", "/gone")
    state = ServiceState(domains=("shop",), types=(api, gone))
    live = json.dumps(build_type_service("shop", api, state=state, port=5000)).encode()
    absent = json.dumps({"kind": "Status", "status": "Failure", "message": "no", "code": 404}).encode()
    asked = []

    def script(method, path):
        asked.append((method, path.partition("?")[0].rpartition("/")[2]))
        kind = {"Content-Type": "application/json"}
        is_there = "shop-api" in path
        return Reply(status=200 if is_there else 404, body=live if is_there else absent, headers=kind)

    def build(port):
        return DesiredApp(
            app="shop", release_uuid="uuid-3", version=3, summary="", kind="image", image="example/shop:1",
            env={}, processes=(Process(type="web", replicas=1),), service=state, port=port,
        )  # fmt: skip

    with serving(script) as address:
        kube = Kube(f"http://{address}")
        point_type_services(kube, build(5000))
        assert asked == [("GET", "shop-api"), ("GET", "shop-gone")]
        point_type_services(kube, build(6000))
        kube.close()
    assert asked[2:] == [("GET", "shop-api"), ("PATCH", "shop-api"), ("GET", "shop-gone")]


@pytest.mark.parametrize("pattern", ["", "/a,", ",/a", "(", "/a,[", "a{99999999999}", "(" * 3000])
def test_paths_that_are_no_regular_expressions(services, alice, pattern):
    answer = alice.post(services, {"procfile_type": "api", "path_pattern": pattern})
    assert (answer.status, answer.json) == (400, WRONG_PATTERN)


def test_types_and_bodies_that_can_not_be(services, alice):
    answer = alice.post(services, {"procfile_type": "A b", "path_pattern": "/a"})
    assert (answer.status, answer.json) == (400, WRONG_TYPE)
    answer = alice.post(services, {"procfile_type": "A b", "path_pattern": ""})
    assert (answer.status, answer.json) == (400, WRONG_TYPE + WRONG_PATTERN)
    for body, name in (({"procfile_type": "api"}, "path_pattern"), ({"path_pattern": "/"}, "procfile_type")):
        answer = alice.post(services, body)
        assert (answer.status, answer.json) == (400, {"detail": f"{name} is a required field"})
    assert alice.post(services, {"procfile_type": 1, "path_pattern": "/"}).status == 400
    assert alice.delete(services, {}).status == 400
    assert alice.get(services).json == {"services": []}


def test_nobody_takes_anothers_name_by_a_service(services, app, alice, bob):
    """The router gives a name to the first who asks: not to two."""
    api = {"procfile_type": "api", "path_pattern": "/api"}
    theirs = f"{app}-theirs"
    assert bob.post("/v2/apps", {"id": theirs}).status == 201
    answer = alice.post(services, api | {"procfile_type": "theirs"})
    assert (answer.status, answer.json) == (400, [f"The name {theirs} is already in use by another app"])
    assert alice.post(services, api).status == 201
    answer = bob.post("/v2/apps", {"id": f"{app}-api"})
    assert (answer.status, answer.json) == (400, {"id": ["Application with this id already exists."]})
    assert bob.delete(f"/v2/apps/{theirs}").status == 204


def test_one_of_two_gets_a_name_that_both_ask_for_at_the_same_moment(create_app, alice, kube):
    """``<a>`` with the type ``b-c`` and ``<a>-b`` with the type ``c`` would both be served at ``<a>-b-c``."""
    outer = create_app(alice)
    inner = f"{outer}-b"
    assert alice.post("/v2/apps", {"id": inner}).status == 201
    wanted = ((outer, "b-c"), (inner, "c"))
    taken = (400, [f"The name {outer}-b-c is already in use by another app"])

    def ask(asked):
        app, process_type = asked
        body = {"procfile_type": process_type, "path_pattern": "/x"}
        answer = alice.post(f"/v2/apps/{app}/services", body)
        return answer.status, answer.json if answer.body else None

    with ThreadPoolExecutor(2) as pool:
        for _ in range(5):
            answers = list(pool.map(ask, wanted))
            assert sorted(answers, key=str) == [(201, None), taken]
            for (app, process_type), answer in zip(wanted, answers, strict=True):
                stored = alice.get(f"/v2/apps/{app}/services").json["services"]
                live = kube.find(SERVICES, f"{outer}-b-c", namespace=app)
                assert (len(stored) == 1, live is not None) == (answer[0] == 201, answer[0] == 201)
                if stored:
                    alice.delete(f"/v2/apps/{app}/services", {"procfile_type": process_type})
    assert alice.delete(f"/v2/apps/{inner}").status == 204


def test_the_same_service_asked_for_twice_at_once_is_made_once(services, alice):
    body = {"procfile_type": "api", "path_pattern": "/api"}
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: alice.post(services, body).status, range(4)))
    assert sorted(answers) == [201, 204, 204, 204]
    assert len(alice.get(services).json["services"]) == 1


def test_who_may(services, alice, bob):
    api = {"procfile_type": "api", "path_pattern": "/api"}
    assert [bob.get(services).status, bob.post(services, api).status] == [403, 403]
    assert alice.post(services.replace("services", "perms"), {"username": "bob"}).status == 201
    assert [bob.get(services).status, bob.post(services, api).status] == [200, 201]
    assert bob.delete(services, api).status == 403
    assert alice.get(f"/v2/apps/ct-{uuid.uuid4().hex[:8]}/services").status == 404
