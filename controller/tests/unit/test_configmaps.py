"""Config: validation and merging. Source: API specification, sections 7.2 to 7.6 and 16."""

from typing import Any

import pytest

from controller.errors import InvalidFields, Unprocessable
from controller.services.configmaps import (
    MAPS,
    NO_PATH,
    NOT_ONLY_PATH,
    WRONG_CPU,
    WRONG_KEY,
    WRONG_MEMORY,
    WRONG_PREFIX,
    WRONG_TAG,
    WRONG_TAG_VALUE,
    WRONG_TYPE,
    check_maps,
    describe_missing_nodes,
    list_map_problems,
    merge_maps,
)
from kit.errors import InvalidInput

EMPTY: dict[str, dict[str, Any]] = {name: {} for name in MAPS}


@pytest.mark.parametrize("key", ["FOO", "_foo", "f001", "FOO_BAR_BAZ_"])
def test_keys(key):
    assert list_map_problems("values", {key: "x"}) == []


@pytest.mark.parametrize("key", ["123", "../../foo", "FOO/", "FOO-BAR", "", "FOO\n", "FO\u017f", "\u212aEY"])
def test_wrong_keys(key):
    assert list_map_problems("values", {key: "x"}) == [WRONG_KEY]
    assert list_map_problems("values", {key: None}) == []


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("PORT", "dog", "PORT can only be a numeric value"),
        ("PORT", "99999", "PORT needs to be between 1 and 65535"),
        ("PORT", 5000, None),
        ("PORT", "\u0665\u0660", "PORT can only be a numeric value"),
        ("PORT", "9" * 5000, "PORT needs to be between 1 and 65535"),
        ("PORT", "0", "PORT needs to be between 1 and 65535"),
        ("port", "dog", None),
        ("HEALTHCHECK_TIMEOUT", "x", "HEALTHCHECK_TIMEOUT can only be a numeric value"),
        ("HEALTHCHECK_URL", "/healthz", None),
        (
            "HEALTHCHECK_URL",
            "",
            NO_PATH,
        ),
        (
            "HEALTHCHECK_URL",
            "/x?y=1",
            NOT_ONLY_PATH,
        ),
    ],
)
def test_values(key, value, problem):
    assert list_map_problems("values", {key: value}) == ([problem] if problem else [])


@pytest.mark.parametrize("text", ["1G", "1GB", "20kb", "512m", "0", "0/1G", "1G/2G", "1B"])
def test_memory(text):
    assert list_map_problems("memory", {"web": text}) == []


@pytest.mark.parametrize("text", ["10", "1.5G", "1G/0", "mb", "20MK", "1Z", "", "1G/", "1\u212a"])
def test_wrong_memory(text):
    assert list_map_problems("memory", {"web": text}) == [WRONG_MEMORY]


@pytest.mark.parametrize("text", ["500m", "0.5", ".5", "1/2", "300m/4000m"])
def test_cpu(text):
    assert list_map_problems("cpu", {"web": text}) == []


@pytest.mark.parametrize("text", ["1.", "500M", "m", ".", "1G", "", "-1", "+1", "1/-1", "\u0661"])
def test_wrong_cpu(text):
    assert list_map_problems("cpu", {"web": text}) == [WRONG_CPU]


def test_limits_are_for_process_types():
    assert list_map_problems("memory", {"w3&b": "1G"}) == [WRONG_TYPE]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("environ", "dev"),
        ("rack", "1"),
        ("kubernetes.io/hostname", "172.17.8.100"),
        ("is.valid", "is-also_valid"),
        ("host.the-name.com/is.valid", "valid"),
        ("empty", ""),
    ],
)
def test_tags(key, value):
    assert list_map_problems("tags", {key: value}) == []


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("valid", "in\nvalid", WRONG_TAG_VALUE),
        ("host.name.com/notvalid-", "valid", WRONG_TAG),
        ("valid", "invalid.", WRONG_TAG_VALUE),
        ("host.name.com/,not.valid", "valid", WRONG_TAG),
        ("p" * 300 + "/x", "x", "Tag key prefixes must 253 characters or less."),
        ("p" * 64 + "/x", "x", WRONG_PREFIX),
        ("host&name.com/x", "x", WRONG_PREFIX),
        ("a/b/c", "x", WRONG_TAG),
        ("Host.com/x", "x", WRONG_PREFIX),
        ("a_b.com/x", "x", WRONG_PREFIX),
        ("/x", "x", WRONG_PREFIX),
        ("\u00e9", "x", WRONG_TAG),
        ("x", "\u00e9", WRONG_TAG_VALUE),
    ],
)
def test_wrong_tags(key, value, problem):
    assert list_map_problems("tags", {key: value}) == [problem]


def test_a_registry_password_is_anything():
    check_maps({"registry": {"password": "pa$$w0rd"}})
    with pytest.raises(InvalidFields):
        check_maps({"registry": {"pa$$w0rd": "x"}})


@pytest.mark.parametrize(
    ("probes", "problem"),
    [
        ({"livenessProbe": {"httpGet": {"port": 50}}}, None),
        ({"livenessProbe": None}, None),
        ({"readinessProbe": {"exec": {"command": ["x"]}, "extra": 1}}, None),
        ({"wrong": {}}, "Healthcheck keys must be either livenessProbe or readinessProbe"),
        (
            {"livenessProbe": {"httpGet": {"port": "50"}}},
            "could not validate {'httpGet': {'port': '50'}}: '50' is not of type 'integer'",
        ),
        (
            {"livenessProbe": {"httpGet": {"path": "/"}}},
            "could not validate {'httpGet': {'path': '/'}}: 'port' is a required property",
        ),
        (
            {"livenessProbe": {"exec": {"command": []}}},
            "could not validate {'exec': {'command': []}}: [] is too short",
        ),
        (
            {"livenessProbe": {"successThreshold": 5}},
            "livenessProbe successThreshold can only be 1",
        ),
        ({"readinessProbe": {"successThreshold": 5}}, None),
    ],
)
def test_health_checks(probes, problem):
    assert list_map_problems("healthcheck", {"web": probes}) == ([problem] if problem else [])


def test_merging_sets_and_removes():
    merged = merge_maps({**EMPTY, "values": {"A": "1", "B": "2"}}, {"values": {"A": None, "C": 1.5}})
    assert merged["values"] == {"B": "2", "C": "1.5"}


def test_the_first_missing_key_in_order_is_reported():
    with pytest.raises(Unprocessable, match="web does not exist under cpu"):
        merge_maps(EMPTY, {"values": {"A": None}, "cpu": {"web": None}})


def test_health_checks_are_merged_probe_by_probe():
    ready, alive = {"tcpSocket": {"port": 1}}, {"tcpSocket": {"port": 2}}
    first = merge_maps(EMPTY, {"healthcheck": {"web": {"readinessProbe": ready}}})
    second = merge_maps(first, {"healthcheck": {"web": {"livenessProbe": alive}}})
    assert second["healthcheck"] == {"web": {"readinessProbe": ready, "livenessProbe": alive}}
    third = merge_maps(second, {"healthcheck": {"web": {"readinessProbe": None}}})
    assert third["healthcheck"] == {"web": {"livenessProbe": alive}}
    with pytest.raises(Unprocessable, match="web does not exist under healthcheck"):
        merge_maps(third, {"healthcheck": {"web": {"readinessProbe": None}}})
    assert merge_maps(third, {"healthcheck": {"web": None}})["healthcheck"] == {}


def test_the_current_maps_are_left_alone():
    current = {**EMPTY, "healthcheck": {"web": {"livenessProbe": {"tcpSocket": {"port": 1}}}}}
    merge_maps(current, {"healthcheck": {"web": {"livenessProbe": None}}, "values": {"A": "1"}})
    assert current["healthcheck"]["web"] != {}
    assert current["values"] == {}


def test_registry_keys_are_stored_in_lower_case():
    values = {"registry": {"PASSWORD": "x"}, "values": {"PORT": "80"}}
    assert merge_maps(EMPTY, values)["registry"] == {"password": "x"}
    with pytest.raises(InvalidInput, match="PORT needs to be set"):
        merge_maps(EMPTY, {"registry": {"username": "x"}})


def test_missing_nodes():
    text = "No nodes matched the provided labels: a=1, b=2"
    assert describe_missing_nodes({"b": "2", "a": "1"}, previous={}) == text
    described = describe_missing_nodes({"b": "2", "a": "1"}, previous={"a": "1"})
    assert described == f"{text} - Addition of b=2 is the cause"
    assert describe_missing_nodes({"b": "2", "a": "1"}, previous={"a": "1", "b": "2"}) == text


def test_very_old_health_checks_are_those_of_web_and_cmd():
    """Or a new check of theirs would never be looked at."""
    old, new = {"tcpSocket": {"port": 1}}, {"tcpSocket": {"port": 2}}
    flat = {**EMPTY, "healthcheck": {"livenessProbe": old, "worker": {"readinessProbe": old}}}
    merged = merge_maps(flat, {"healthcheck": {"web/cmd": {"livenessProbe": new}}})["healthcheck"]
    assert merged == {"web/cmd": {"livenessProbe": new}, "worker": {"readinessProbe": old}}
    kept = merge_maps(flat, {"values": {"A": "1"}})["healthcheck"]
    assert kept["web/cmd"] == {"livenessProbe": old}


def test_the_old_variables_become_a_check_of_web_and_cmd():
    values = {
        "HEALTHCHECK_URL": "/health",
        "HEALTHCHECK_SUCCESS_THRESHOLD": "2",
        "HEALTHCHECK_TIMEOUT": "7",
        "A": "1",
    }
    current = {**EMPTY, "healthcheck": {"web/cmd": {"readinessProbe": {"exec": {"command": ["x"]}}}}}
    merged = merge_maps(current, {"values": values})
    probe = {
        "initialDelaySeconds": 50,
        "timeoutSeconds": 7,
        "periodSeconds": 10,
        "successThreshold": 2,
        "failureThreshold": 3,
        "httpGet": {"path": "/health"},
    }
    assert merged["healthcheck"] == {"web/cmd": {"livenessProbe": probe, "readinessProbe": probe}}
    assert merged["values"] == {"A": "1"}
    without = merge_maps(EMPTY, {"values": {"HEALTHCHECK_TIMEOUT": "7"}})
    assert (without["values"], without["healthcheck"]) == ({"HEALTHCHECK_TIMEOUT": "7"}, {})
