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
    "lifecycle_post_start",
    "lifecycle_pre_stop",
    "termination_grace_period",
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


@pytest.mark.parametrize("name", sorted(KEYS - {"uuid", "app", "owner", "created", "updated"}))
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


@pytest.mark.parametrize("hook", ["lifecycle_post_start", "lifecycle_pre_stop"])
def test_a_change_of_a_hook_alone_makes_a_release(path, alice, hook):
    """Source: API specification, section 15."""
    releases = path.replace("config", "releases")
    for command, verb in (("./warm", "added"), ("./warm up; 'x'", "changed")):
        answer = alice.post(path, {hook: {"web": command}})
        assert (answer.status, answer.json[hook]) == (201, {"web": command})
        between = "  " if verb == "added" else " "
        assert alice.get(releases).json["results"][0]["summary"] == f"alice {verb} {hook}{between}web"
    assert alice.post(path, {hook: {"web": "./warm up; 'x'"}}).status == 409
    assert alice.post(path, {hook: {"web": None}}).json[hook] == {}
    assert alice.get(releases).json["results"][0]["summary"] == f"alice deleted {hook} web"


def test_periods_to_stop_in(path, alice):
    """Source: API specification, section 15."""
    grace = "termination_grace_period"
    answer = alice.post(path, {grace: {"web": 60, "worker": "0"}})
    assert (answer.status, answer.json[grace]) == (201, {"web": "60", "worker": "0"})
    newest = alice.get(path.replace("config", "releases")).json["results"][0]
    assert newest["summary"] == f"alice changed timeouts for {grace}"
    numeric = "Termination Grace Period format: <value>, where value must be a numeric"
    long = "Termination Grace Period can't be longer than 2147483647 seconds"
    lower = "Process types can only contain lowercase alphanumeric characters"
    for entry, problem in (
        ({"web": "1m"}, numeric),
        ({"web": "-1"}, numeric),
        ({"web": "\u0661"}, numeric),
        ({"web": "9" * 30}, long),
        ({"We b": "1"}, lower),
    ):
        answer = alice.post(path, {grace: entry})
        assert (answer.status, answer.json) == (400, {grace: [problem]}), entry
    assert alice.post(path, {grace: {"web": None}}).json[grace] == {"worker": "0"}


def test_config_by_somebody_else(path, admin, alice):
    assert admin.post(path, {"values": {"A": "1"}}).json["owner"] == "admin"


def test_which_keys_may_be(path, alice):
    values = {"FOO": "1", "_foo": "2", "f001": "3", "FOO_BAR_BAZ_": "4"}
    assert alice.post(path, {"values": values}).json["values"] == values


TAG = 'Tag keys must be alphanumeric or "-_.", and 1-63 characters.'
TAG_VALUE = 'Tag values must be alphanumeric or "-_.", and 1-63 characters.'
TAG_PREFIX = "Tag key prefixes must be DNS subdomains."
MEMORY = "Memory limit format: <number><unit> or <number><unit>/<number><unit>, where unit = B, K, M or G"
KEY = "Config keys must start with a letter or underscore and only contain [A-z0-9_]"
WITHOUT_PORT = {"livenessProbe": {"httpGet": {"path": "/"}}}
PORT_AS_TEXT = {"livenessProbe": {"httpGet": {"port": "50"}}}


@pytest.mark.parametrize(
    ("name", "entry", "problem"),
    [
        *(("values", {key: "x"}, KEY) for key in ("123", "../../foo", "FOO/", "FOO-BAR")),
        ("values", {"PORT": "dog"}, "PORT can only be a numeric value"),
        ("values", {"PORT": "99999"}, "PORT needs to be between 1 and 65535"),
        ("memory", {"web": "1Z"}, MEMORY),
        ("memory", {"w3&b": "1G"}, "Process types can only contain lowercase alphanumeric characters"),
        ("tags", {"valid": "in\nvalid"}, TAG_VALUE),
        ("tags", {"valid": "invalid."}, TAG_VALUE),
        ("tags", {"host.name.com/notvalid-": "x"}, TAG),
        ("tags", {"host.name.com/,not.valid": "x"}, TAG),
        ("tags", {"p" * 300 + "/x": "x"}, "Tag key prefixes must 253 characters or less."),
        ("tags", {"host&name.com/x": "x"}, TAG_PREFIX),
        ("registry", {"pa$$w0rd": "x"}, KEY),
        (
            "healthcheck",
            {"web": {"aliveProbe": {}}},
            "Healthcheck keys must be either livenessProbe or readinessProbe",
        ),
        (
            "healthcheck",
            {"web": PORT_AS_TEXT},
            "could not validate {'httpGet': {'port': '50'}}: '50' is not of type 'integer'",
        ),
        (
            "healthcheck",
            {"web": WITHOUT_PORT},
            "could not validate {'httpGet': {'path': '/'}}: 'port' is a required property",
        ),
        (
            "healthcheck",
            {"web": {"livenessProbe": {"successThreshold": 5}}},
            "livenessProbe successThreshold can only be 1",
        ),
    ],
)
def test_what_is_refused_is_told_under_its_map(app, alice, name, entry, problem):
    """Nothing is stored, so the app may be everybody's."""
    answer = alice.post(f"/v2/apps/{app}/config", {name: entry})
    assert (answer.status, answer.json) == (400, {name: [problem]})


def test_a_port_is_set_and_unset(path, alice):
    assert alice.post(path, {"values": {"PORT": 5000}}).json["values"] == {"PORT": "5000"}
    assert alice.post(path, {"values": {"PORT": None}}).json["values"] == {}


def test_limits_are_merged_by_process_type(path, alice):
    assert alice.post(path, {"memory": {"web": "1G"}, "cpu": {"web": "500m"}}).status == 201
    answer = alice.post(path, {"memory": {"worker": "1G/2G"}, "cpu": {"web": "300m/4000m"}})
    assert answer.json["memory"] == {"web": "1G", "worker": "1G/2G"}
    assert answer.json["cpu"] == {"web": "300m/4000m"}
    answer = alice.post(path, {"memory": {"web": None}, "cpu": {"web": None}})
    assert (answer.json["memory"], answer.json["cpu"]) == ({"worker": "1G/2G"}, {})
    answer = alice.post(path, {"memory": {"web": None}})
    assert (answer.status, answer.json) == (422, {"detail": "web does not exist under memory"})


def test_health_checks_are_merged_and_removed_probe_by_probe(path, alice):
    ready, alive = {"tcpSocket": {"port": 5000}}, {"exec": {"command": ["true"]}}

    def post(probes):
        return alice.post(path, {"healthcheck": {"web": probes}})

    assert post({"readinessProbe": ready}).json["healthcheck"] == {"web": {"readinessProbe": ready}}
    both = {"readinessProbe": ready, "livenessProbe": alive}
    assert post({"livenessProbe": alive}).json["healthcheck"] == {"web": both}
    assert post({"readinessProbe": None}).json["healthcheck"] == {"web": {"livenessProbe": alive}}
    answer = post({"readinessProbe": None})
    assert (answer.status, answer.json) == (422, {"detail": "web does not exist under healthcheck"})
    assert post(None).json["healthcheck"] == {}
    answer = post(None)
    assert (answer.status, answer.json) == (422, {"detail": "web does not exist under healthcheck"})


def test_of_an_unknown_app(alice):
    answer = alice.get("/v2/apps/no-such-app-1/config")
    assert (answer.status, answer.json) == (404, "No App matches the given query.")
