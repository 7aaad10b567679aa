"""Config over HTTP. Source: API specification, sections 7 and 16."""

import pytest

KEYS = {
    "uuid",
    "app",
    "owner",
    "values",
    "memory",
    "cpu",
    "tags",
    "registry",
    "healthcheck",
    "created",
    "updated",
}


@pytest.fixture
def path(create_app, alice):
    return f"/v2/apps/{create_app(alice)}/config"


def test_it_is_a_patch(path, alice):
    empty = alice.get(path).json
    assert set(empty) == KEYS
    assert empty["values"] == {}
    first = alice.post(path, {"values": {"A": 1, "B": "ü", "T": True}})
    assert (first.status, first.json["values"]) == (201, {"A": "1", "B": "ü", "T": "True"})
    second = alice.post(path, {"values": '{"A": null, "C": "x"}', "memory": {"web": "1G"}})
    assert second.json["values"] == {"B": "ü", "C": "x", "T": "True"}
    assert second.json["memory"] == {"web": "1G"}
    assert second.json["uuid"] != first.json["uuid"]
    assert alice.get(f"{path}/").json == second.json
    summaries = [r["summary"] for r in alice.get(path.replace("config", "releases")).json["results"]]
    assert summaries == [
        "alice added C, deleted A and alice changed limits for memory",
        "alice added A, B, T",
        "alice created initial release",
    ]


def test_nothing_changed(path, alice):
    answer = alice.post(path, {})
    assert (answer.status, answer.json) == (409, {"detail": "alice changed nothing - release stopped"})
    assert alice.get(path.replace("config", "releases")).json["count"] == 1


@pytest.mark.parametrize("name", ["values", "memory", "cpu", "tags", "registry", "healthcheck"])
def test_removing_what_is_not_there(path, alice, name):
    answer = alice.post(path, {name: {"nope": None}})
    assert (answer.status, answer.json) == (422, {"detail": f"nope does not exist under {name}"})


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods(path, alice, method):
    assert alice.call(method, path).status == 405


def test_malformed_fields_are_reported_together(path, alice):
    answer = alice.post(path, {"values": {"1A": "x"}, "cpu": {"web": "this will fail"}, "tags": None})
    assert answer.status == 400
    assert answer.json == {"tags": ["This field may not be null."]}
    answer = alice.post(path, {"values": {"1A": "x"}, "cpu": {"web": "this will fail"}})
    assert answer.json == {
        "values": ["Config keys must start with a letter or underscore and only contain [A-z0-9_]"],
        "cpu": ["CPU limit format: <value> or <value>/<value>, where value must be a numeric"],
    }


def test_registry_needs_a_port(path, alice):
    answer = alice.post(path, {"registry": {"USERNAME": "bob", "password": "s3cret"}})
    detail = "PORT needs to be set in the config when using a private registry"
    assert (answer.status, answer.json) == (400, {"detail": detail})
    answer = alice.post(path, {"registry": {"USERNAME": "bob"}, "values": {"PORT": "5000"}})
    assert answer.json["registry"] == {"username": "bob"}
    assert alice.post(path, {"values": {"PORT": None}}).status == 400
    assert alice.post(path, {"registry": {"USERNAME": None}}).status == 422


def test_tags_need_a_node(path, alice):
    answer = alice.post(path, {"tags": {"rack": "1", "nope": "x"}})
    detail = "No nodes matched the provided labels: nope=x, rack=1"
    assert (answer.status, answer.json) == (400, {"detail": detail})
    assert alice.post(path, {"tags": {"kubernetes.io/os": "linux"}}).status == 201
    answer = alice.post(path, {"tags": {"rack": "1"}})
    detail = "No nodes matched the provided labels: kubernetes.io/os=linux, rack=1"
    assert answer.json == {"detail": f"{detail} - Addition of rack=1 is the cause"}


def test_legacy_health_checks(path, alice):
    answer = alice.post(path, {"values": {"HEALTHCHECK_URL": "/health"}})
    probe = {
        "initialDelaySeconds": 50,
        "timeoutSeconds": 50,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
        "httpGet": {"path": "/health"},
    }
    assert answer.json["healthcheck"] == {"web/cmd": {"livenessProbe": probe, "readinessProbe": probe}}
    assert answer.json["values"] == {}


def test_config_by_somebody_else(path, admin, alice):
    assert admin.post(path, {"values": {"A": "1"}}).json["owner"] == "admin"
