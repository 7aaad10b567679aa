"""Domains, settings, whitelist, TLS over HTTP. Source: API specification, sections 9 and 16."""

from urllib.parse import quote

import pytest

from kit.kube import SERVICES, Kube

from .conftest import KUBECONFIG


@pytest.fixture
def path(create_app, alice):
    return f"/v2/apps/{create_app(alice)}"


@pytest.fixture
def annotations(path):
    kube = Kube.load({"KUBECONFIG": str(KUBECONFIG)})
    app = path.rpartition("/")[2]

    def read():
        metadata = kube.get(SERVICES, app, namespace=app)["metadata"]
        both = {**metadata.get("annotations", {}), **metadata["labels"]}
        prefix = "router.deis.io/"
        return {name.removeprefix(prefix): text for name, text in both.items() if name.startswith(prefix)}

    yield read
    kube.close()


def test_domains(path, annotations, alice, bob):
    app = path.rpartition("/")[2]
    domains = f"{path}/domains"
    host = f"{app}.example.com"
    answer = alice.post(domains, {"domain": f"{host}."})
    assert (answer.status, answer.json["domain"]) == (201, host)
    assert set(answer.json) == {"owner", "created", "updated", "app", "domain"}
    assert alice.post(domains, {"domain": f"ドメイン.{app}.テスト"}).status == 201
    assert annotations()["domains"] == f"{app},{host},xn--eckwd4c7c.{app}.xn--zckzah"
    for text, problem in (
        (host, "Domain is already in use by another application"),
        (f"{host.upper()}", f"The domain {host} is already in use by another app"),
        ("*", "Hostname can't only be a wildcard"),
        ("this-is-an.invalid.1", "Hostname does not look valid."),
        ("", "This field may not be blank."),
    ):
        answer = alice.post(domains, {"domain": text})
        assert (answer.status, answer.json) == (400, {"domain": [problem]})
    for text in (f"ドメイン.{app}.テスト", f"xn--eckwd4c7c.{app}.xn--zckzah", f"ドメイン.{app}.xn--zckzah"):
        answer = alice.post(domains, {"domain": text})
        assert (answer.status, list(answer.json)) == (400, ["domain"]), text
    assert alice.delete(f"{domains}/{quote(f'ドメイン.{app}.テスト')}").status == 204
    assert [row["domain"] for row in alice.get(domains).json["results"]] == sorted([app, host])
    assert alice.post(domains, {"domain": f"ドメイン.{app}.テスト"}).status == 201
    assert alice.delete(f"{domains}/xn--eckwd4c7c.{app}.xn--zckzah").status == 204
    assert alice.delete(f"{domains}/{host}").status == 204
    assert alice.delete(f"{domains}/{host}").status == 404
    assert alice.delete(f"{domains}/{app}/").status == 204
    assert "domains" not in annotations()
    assert bob.get(domains).status == 403


def test_maintenance_and_routable(path, annotations, alice):
    settings = f"{path}/settings"
    assert annotations()["maintenance"].lower() == "false"
    answer = alice.post(settings, {"maintenance": "true"})
    assert (answer.status, answer.json["maintenance"], answer.json["routable"]) == (201, True, True)
    assert annotations()["maintenance"].lower() == "true"
    answer = alice.post(settings, {"maintenance": True})
    assert (answer.status, answer.json) == (409, {"detail": "alice changed nothing"})
    assert alice.post(settings, {}).status == 409
    answer = alice.post(settings, {"maintenance": "yes"})
    assert (answer.status, answer.json) == (400, {"maintenance": ['"yes" is not a valid boolean.']})
    answer = alice.post(settings, {"routable": 0})
    assert (answer.json["routable"], answer.json["maintenance"]) == (False, True)
    assert annotations().get("routable") in (None, "false")


def test_whitelist(path, annotations, alice):
    whitelist = f"{path}/whitelist"
    answer = alice.post(whitelist, {"addresses": ["1.2.3.4", "10.0.0.0/8"]})
    assert (answer.status, set(answer.json["addresses"])) == (201, {"1.2.3.4", "10.0.0.0/8"})
    assert annotations()["whitelist"] == "1.2.3.4,10.0.0.0/8"
    changed = alice.post(f"{path}/settings", {"maintenance": True}).json
    assert changed["whitelist"] == ["1.2.3.4", "10.0.0.0/8"]
    assert annotations()["whitelist"] == "1.2.3.4,10.0.0.0/8"
    answer = alice.post(whitelist, {"addresses": ["1.2.3.4"]})
    assert (answer.status, answer.json) == (409, {"detail": "alice changed nothing"})
    answer = alice.post(whitelist, {"addresses": ["1.2.3.4.5"]})
    assert (answer.status, answer.json) == (400, ["The address 1.2.3.4.5 is not valid"])
    answer = alice.delete(whitelist, {"addresses": ["9.9.9.9"]})
    detail = "addresses {'9.9.9.9'} does not exist in whitelist"
    assert (answer.status, answer.json) == (422, {"detail": detail})
    assert alice.delete(whitelist, {"addresses": []}).status == 409
    assert alice.delete(whitelist, {}).status == 400
    assert alice.delete(whitelist, {"addresses": ["1.2.3.4", "10.0.0.0/8"]}).status == 204
    assert alice.get(whitelist).json == {"addresses": []}
    assert "whitelist" not in annotations()
    answer = alice.post(f"{path}/settings", {"whitelist": ["x"]})
    assert (answer.status, answer.json) == (400, {"whitelist": ["The address x is not valid"]})


def test_labels(path, alice):
    settings = f"{path}/settings"
    assert alice.post(settings, {"label": {"team": "front", "empty": ""}}).json["label"] == {
        "team": "front",
        "empty": "",
    }
    assert alice.post(settings, {"label": {"team": None}}).json["label"] == {"empty": ""}
    answer = alice.post(settings, {"label": {"team": None}})
    assert (answer.status, answer.json) == (422, {"detail": "team does not exist under label"})


def test_autoscale_shapes(path, alice):
    settings = f"{path}/settings"
    answer = alice.post(settings, {"autoscale": {"web": {"min": 1, "cpu_percent": 4}}})
    text = "could not validate {'min': 1, 'cpu_percent': 4}: 'max' is a required property"
    assert (answer.status, answer.json) == (400, {"autoscale": [text]})
    answer = alice.post(settings, {"autoscale": {"web": {"min": "1", "max": 2, "cpu_percent": 4}}})
    text = "could not validate {'min': '1', 'max': 2, 'cpu_percent': 4}: '1' is not of type 'integer'"
    assert (answer.status, answer.json) == (400, {"autoscale": [text]})
    for rule, detail in (
        ({"min": 0, "max": 2, "cpu_percent": 4}, "min replicas needs to be 1 or higher"),
        ({"min": 3, "max": 2, "cpu_percent": 4}, "max replicas can not be smaller than min replicas"),
    ):
        answer = alice.post(settings, {"autoscale": {"web": rule}})
        assert (answer.status, answer.json) == (400, {"detail": detail})


def test_tls(path, annotations, alice):
    tls = f"{path}/tls"
    for value, status in ((True, 201), (True, 409), (False, 201), ("test", 400), (None, 201), (None, 201)):
        before = alice.get(tls).json["uuid"]
        assert alice.post(tls, {"https_enforced": value}).status == status
        assert (alice.get(tls).json["uuid"] != before) is (status == 201)
    assert alice.post(tls, {"https_enforced": "t"}).json["https_enforced"] is True
    assert annotations()["ssl.enforce"].lower() == "true"
