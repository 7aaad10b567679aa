"""Health checks in a config: what may be written, and the old HEALTHCHECK_ variables. Pure.

Source: API specification, section 7.6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controller.cluster.probes import PROBES, SHARED_ENTRY

PREFIX = "HEALTHCHECK_"

STRING, INTEGER, OBJECT, ARRAY = "string", "integer", "object", "array"
TYPES: Mapping[str, type] = {STRING: str, INTEGER: int, OBJECT: dict, ARRAY: list}
NUMBERS = (
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
)
LEGACY_DEFAULTS = {
    "initialDelaySeconds": ("HEALTHCHECK_INITIAL_DELAY", 50),
    "timeoutSeconds": ("HEALTHCHECK_TIMEOUT", 50),
    "periodSeconds": ("HEALTHCHECK_PERIOD_SECONDS", 10),
    "successThreshold": ("HEALTHCHECK_SUCCESS_THRESHOLD", 1),
    "failureThreshold": ("HEALTHCHECK_FAILURE_THRESHOLD", 3),
}


class SchemaError(ValueError):
    """Why a probe is none, in the words of JSON schema validators."""


def unflatten(checks: Mapping[str, Any]) -> dict[str, Any]:
    """Very old configs have the probes of ``web/cmd`` at top level."""
    flat = {kind: probe for kind, probe in checks.items() if kind in PROBES}
    nested = {name: probes for name, probes in checks.items() if name not in PROBES}
    return {**({SHARED_ENTRY: flat} if flat else {}), **nested}


def list_problems(checks: Mapping[str, Any]) -> list[str]:
    """Everything wrong with the given health checks; null removes and is always fine."""
    problems: list[str] = []
    for probes in checks.values():
        if probes is None:
            continue
        if not isinstance(probes, dict):
            problems.append(f"could not validate {probes!r}: {probes!r} is not of type 'object'")
            continue
        for kind, probe in probes.items():
            problems.extend(_list_probe_problems(kind, probe))
    return problems


def _list_probe_problems(kind: str, probe: Any) -> list[str]:
    if kind not in PROBES:
        return ["Healthcheck keys must be either livenessProbe or readinessProbe"]
    if probe is None:
        return []
    try:
        check_probe(probe)
    except SchemaError as error:
        return [f"could not validate {probe}: {error}"]
    if kind == "livenessProbe" and probe.get("successThreshold", 1) != 1:
        return ["livenessProbe successThreshold can only be 1"]
    return []


def check_probe(probe: Any) -> None:
    """
    Raises:
        SchemaError: it does not have the shape of a Kubernetes probe.
    """
    _check_type(probe, OBJECT)
    if "exec" in probe:
        _check_exec(probe["exec"])
    if "httpGet" in probe:
        _check_http(probe["httpGet"])
    if "tcpSocket" in probe:
        _check_object(probe["tcpSocket"], required={"port": INTEGER})
    for name in NUMBERS:
        if name in probe:
            _check_type(probe[name], INTEGER)


def _check_exec(action: Any) -> None:
    _check_object(action, required={"command": ARRAY})
    command = action["command"]
    if not command:
        raise SchemaError(f"{command!r} is too short")
    for word in command:
        _check_type(word, STRING)


def _check_http(action: Any) -> None:
    texts = dict.fromkeys(("path", "host", "scheme"), STRING)
    _check_object(action, required={"port": INTEGER}, optional=texts | {"httpHeaders": ARRAY})
    for header in action.get("httpHeaders", []):
        _check_object(header, required={}, optional={"name": STRING, "value": STRING})


def _check_object(
    value: Any, *, required: Mapping[str, str], optional: Mapping[str, str] | None = None
) -> None:
    _check_type(value, OBJECT)
    for name, kind in (dict(required) | dict(optional or {})).items():
        if name in value:
            _check_type(value[name], kind)
        elif name in required:
            raise SchemaError(f"{name!r} is a required property")


def _check_type(value: Any, kind: str) -> None:
    if not isinstance(value, TYPES[kind]) or isinstance(value, bool):
        raise SchemaError(f"{value!r} is not of type {kind!r}")


def migrate_legacy(
    values: Mapping[str, Any], checks: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Values and checks after HEALTHCHECK_URL and its companions have become a check of ``web/cmd``."""
    if "HEALTHCHECK_URL" not in values:
        return dict(values), dict(checks)
    numbers = {
        field: int(values.get(variable, default)) for field, (variable, default) in LEGACY_DEFAULTS.items()
    }
    probe = {**numbers, "httpGet": {"path": str(values["HEALTHCHECK_URL"])}}
    kept = {name: value for name, value in values.items() if not name.startswith(PREFIX)}
    shared = {"livenessProbe": probe, "readinessProbe": probe}
    return kept, dict(checks) | {SHARED_ENTRY: shared}
