"""The maps of a config: what may be in them, and how a change is merged into them. Pure.

Source: API specification, sections 7.2 to 7.5 and 15.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from controller.errors import InvalidFields, Unprocessable
from controller.services.healthchecks import list_problems, migrate_legacy, unflatten
from kit.errors import InvalidInput

MAPS = (
    "cpu",
    "memory",
    "tags",
    "registry",
    "values",
    "healthcheck",
    "lifecycle_post_start",
    "lifecycle_pre_stop",
    "termination_grace_period",
)
"""In the order in which a key that can't be removed is reported."""

ConfigMaps = dict[str, dict[str, Any]]

KEY = re.compile(r"[a-z_]+[a-z0-9_]*", re.IGNORECASE | re.ASCII)
PROCESS_TYPE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
MEMORY = re.compile(r"(([0-9]+(MB|KB|GB|[BKMG])|0)(/([0-9]+(MB|KB|GB|[BKMG])))?)", re.IGNORECASE | re.ASCII)
CPU = re.compile(r"([0-9]*\.?[0-9]+m?)(/([0-9]*\.?[0-9]+m?))?")
"""Without signs: nobody has less than nothing."""
TAG = re.compile(r"(?:[a-zA-Z\d][-.\w]{0,61})?[a-zA-Z\d]", re.ASCII)
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
NUMBER = re.compile(r"[0-9]+")
MOST_SECONDS = 2**31 - 1

WRONG_KEY = "Config keys must start with a letter or underscore and only contain [A-z0-9_]"
WRONG_TYPE = "Process types can only contain lowercase alphanumeric characters"
MOST_LETTERS = 63
"""Of a process type: as many as a label of Kubernetes has."""
LONG_TYPE = f"Process types can't be longer than {MOST_LETTERS} characters"
WRONG_MEMORY = (
    "Memory limit format: <number><unit> or <number><unit>/<number><unit>, where unit = B, K, M or G"
)
WRONG_CPU = "CPU limit format: <value> or <value>/<value>, where value must be a numeric"
WRONG_GRACE = "Termination Grace Period format: <value>, where value must be a numeric"
LONG_GRACE = f"Termination Grace Period can't be longer than {MOST_SECONDS} seconds"
WRONG_PREFIX = "Tag key prefixes must be DNS subdomains."
WRONG_TAG = 'Tag keys must be alphanumeric or "-_.", and 1-63 characters.'
WRONG_TAG_VALUE = 'Tag values must be alphanumeric or "-_.", and 1-63 characters.'
NO_PATH = "HEALTHCHECK_URL is missing a URI path (such as /healthz). Without it no health check can be done"
NOT_ONLY_PATH = (
    "HEALTHCHECK_URL can only be a URI path (such as /healthz) that does not contain other things "
    "such as query params"
)
NOT_SCALAR = "Values must be text, numbers or booleans"
PORT_NEEDED = "PORT needs to be set in the config when using a private registry"


def check_maps(given: Mapping[str, Mapping[str, Any]]) -> None:
    """
    Raises:
        InvalidFields: with everything that is wrong, by map. Null removes a key and is never wrong.
    """
    problems: dict[str, list[str]] = {}
    for name, entries in given.items():
        found = list_map_problems(name, entries)
        if found:
            problems[name] = list(dict.fromkeys(found))
    if problems:
        raise InvalidFields(problems)


def describe_type(name: str) -> str:
    """Why no process type can be called so; empty if one can."""
    if not PROCESS_TYPE.fullmatch(name):
        return WRONG_TYPE
    return LONG_TYPE if len(name) > MOST_LETTERS else ""


def list_map_problems(name: str, entries: Mapping[str, Any]) -> list[str]:
    if name == "healthcheck":
        return list_problems(entries)
    check = CHECKS[name]
    problems = []
    for key, value in entries.items():
        if value is None:
            continue
        if isinstance(value, (dict, list)):
            problems.append(NOT_SCALAR)
        else:
            problems.extend(text for text in [check(key, str(value))] if text)
    return problems


def _check_value(key: str, value: str) -> str:
    if not KEY.fullmatch(key):
        return WRONG_KEY
    if key == "PORT":
        return _check_port(value)
    if key == "HEALTHCHECK_URL":
        return _check_healthcheck_url(value)
    if key.startswith("HEALTHCHECK_") and not NUMBER.fullmatch(value):
        return f"{key} can only be a numeric value"
    return ""


def _check_port(value: str) -> str:
    if not NUMBER.fullmatch(value):
        return "PORT can only be a numeric value"
    return "" if len(value) < 20 and 1 <= int(value) <= 65535 else "PORT needs to be between 1 and 65535"


def _check_healthcheck_url(value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError:
        return NOT_ONLY_PATH
    if not parts.path:
        return NO_PATH
    return NOT_ONLY_PATH if parts.query or parts.fragment or parts.netloc else ""


def _check_registry(key: str, _: str) -> str:
    return "" if KEY.fullmatch(key) else WRONG_KEY


def _check_memory(key: str, value: str) -> str:
    if not MEMORY.fullmatch(value):
        return WRONG_MEMORY
    return "" if PROCESS_TYPE.fullmatch(key) else WRONG_TYPE


def _check_cpu(key: str, value: str) -> str:
    if not CPU.fullmatch(value):
        return WRONG_CPU
    return "" if PROCESS_TYPE.fullmatch(key) else WRONG_TYPE


def _check_tag(key: str, value: str) -> str:
    if "/" in key:
        prefix, _, key = key.partition("/")
        if len(prefix) > 253:
            return "Tag key prefixes must 253 characters or less."
        if not (TAG.fullmatch(prefix) and SUBDOMAIN.fullmatch(prefix)):
            return WRONG_PREFIX
    if not TAG.fullmatch(key):
        return WRONG_TAG
    return "" if not value or TAG.fullmatch(value) else WRONG_TAG_VALUE


def _check_grace(key: str, value: str) -> str:
    """Nothing at all means the app's own period, as it always did."""
    if value and not NUMBER.fullmatch(value):
        return WRONG_GRACE
    if value and not (len(value) < 20 and int(value) <= MOST_SECONDS):
        return LONG_GRACE
    return "" if PROCESS_TYPE.fullmatch(key) else WRONG_TYPE


def _check_command(_key: str, _value: str) -> str:
    """A command is a matter of the shell's, and a type that runs nowhere needs none."""
    return ""


CHECKS: Mapping[str, Callable[[str, str], str]] = {
    "values": _check_value,
    "memory": _check_memory,
    "cpu": _check_cpu,
    "tags": _check_tag,
    "registry": _check_registry,
    "lifecycle_post_start": _check_command,
    "lifecycle_pre_stop": _check_command,
    "termination_grace_period": _check_grace,
}


def merge_maps(
    current: Mapping[str, Mapping[str, Any]], given: Mapping[str, Mapping[str, Any]]
) -> ConfigMaps:
    """The maps after a change: values set, nulls removed, health checks probe by probe.

    Raises:
        Unprocessable: a key to be removed is not there.
        InvalidInput: registry credentials without PORT.
    """
    merged: ConfigMaps = {name: dict(current.get(name, {})) for name in MAPS}
    for name in MAPS:
        changes = given.get(name, {})
        if name == "healthcheck":
            merged[name] = _merge_checks(merged[name], changes)
        else:
            merged[name] = merge_map(merged[name], changes, name=name)
    merged["values"], merged["healthcheck"] = migrate_legacy(merged["values"], merged["healthcheck"])
    merged["registry"] = {key.lower(): value for key, value in merged["registry"].items()}
    if merged["registry"] and "PORT" not in merged["values"]:
        raise InvalidInput(PORT_NEEDED)
    return merged


def merge_map(current: Mapping[str, Any], changes: Mapping[str, Any], *, name: str) -> dict[str, Any]:
    """One flat map after a change; everything in it is text."""
    merged = dict(current)
    for key, value in changes.items():
        if value is None:
            remove_key(merged, key, name=name)
        else:
            merged[key] = str(value)
    return merged


def remove_key(merged: dict[str, Any], key: str, *, name: str) -> None:
    if key not in merged:
        raise Unprocessable(f"{key} does not exist under {name}")
    del merged[key]


def _merge_checks(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    merged = {key: dict(probes) for key, probes in unflatten(current).items()}
    for key, probes in changes.items():
        if probes is None:
            remove_key(merged, key, name="healthcheck")
            continue
        entry = merged.setdefault(key, {})
        for kind, probe in probes.items():
            if probe is not None:
                entry[kind] = probe
            elif kind in entry:
                del entry[kind]
            else:
                raise Unprocessable(f"{key} does not exist under healthcheck")
    return merged


def describe_missing_nodes(tags: Mapping[str, str], *, previous: Mapping[str, str]) -> str:
    """Why an app with these tags can run nowhere. Source: API specification, section 7.5."""
    text = f"No nodes matched the provided labels: {_join(tags)}"
    added = {key: value for key, value in tags.items() if previous.get(key) != value}
    if not (previous and added):
        return text
    return f"{text} - Addition of {_join(added)} is the cause"


def _join(tags: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in sorted(tags.items()))
