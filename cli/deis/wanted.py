"""What ``deis apply`` reads: a whole app as somebody wants it, and what is to change to come there. Pure.

Sections that the file does not have are left alone; one that it has is the whole of it: what is not in it goes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from deis.errors import CliError
from deis.tables import format_value

CONFIG_MAPS = {
    "config": "values",
    "memory": "memory",
    "cpu": "cpu",
    "tags": "tags",
    "registry": "registry",
    "timeouts": "termination_grace_period",
    "healthchecks": "healthcheck",
}
"""Sections that are maps of the app's config, by the controller's name: all of them make one release."""
SETTING_MAPS = {"labels": "label", "autoscale": "autoscale"}
SWITCHES = {"maintenance": "maintenance", "routing": "routable"}
LISTS = ("domains", "users", "whitelist")
OTHERS = ("image", "procfile", "scale", "services", "tls")
SECTIONS = ("app", *CONFIG_MAPS, *SETTING_MAPS, *SWITCHES, *LISTS, *OTHERS)
TEXTS = ("config", "memory", "cpu", "tags", "registry", "timeouts", "labels", "procfile", "services")
"""Maps whose values are texts, as they are written."""
SECRET = ("registry",)
HIDDEN = "******"


class Change(NamedTuple):
    """One thing that is not as it should be."""

    section: str
    key: str
    before: Any
    """None: it is not there."""
    after: Any
    """None: it is to go."""

    def render(self) -> str:
        before, after = (_show(self.section, value) for value in (self.before, self.after))
        name = f"{self.section} {self.key}".strip()
        if self.before is None:
            return f"+ {name}: {after}"
        if self.after is None:
            return f"- {name}: {before}"
        return f"~ {name}: {before} → {after}"


def _show(section: str, value: Any) -> str:
    """One line, whatever the value."""
    if section in SECRET:
        return HIDDEN
    if isinstance(value, (dict, list)) or (isinstance(value, str) and not value.isprintable()):
        return json.dumps(value, ensure_ascii=False)
    return format_value(value)


def parse_wanted(text: str) -> dict[str, Any]:
    """The file's sections, each of the type that it must have.

    Raises:
        CliError: no YAML, an unknown section, or one of the wrong type.
    """
    from deis.sections import load_sections  # PyYAML, if there is a file to read

    data = load_sections(text, (*TEXTS, *LISTS, "app", "image"))
    if not isinstance(data, dict):
        raise CliError("the file must be a YAML mapping of sections such as app, config and scale")
    unknown = [str(name) for name in data if name not in SECTIONS]
    if unknown:
        raise CliError(f"unknown section {', '.join(unknown)}; there are {', '.join(sorted(SECTIONS))}")
    return {name: _parse_section(name, value) for name, value in data.items()}


def _parse_section(name: str, value: Any) -> Any:
    if name in (*CONFIG_MAPS, *SETTING_MAPS, "procfile", "scale", "services"):
        return _parse_map(name, value)
    if name in LISTS:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise CliError(f"{name} must be a list of texts")
        return value
    if name in (*SWITCHES, "tls"):
        if not isinstance(value, bool):
            raise CliError(f"{name} must be true or false")
        return value
    if not isinstance(value, str):
        raise CliError(f"{name} must be a text")
    return value


def _parse_map(name: str, value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise CliError(f"{name} must be a mapping")
    if name in TEXTS:
        return {key: _parse_text(name, key, item) for key, item in value.items()}
    if name == "scale" and not all(type(count) is int and count >= 0 for count in value.values()):
        raise CliError("scale must be numbers by process type")
    return value


def _parse_text(name: str, key: str, item: Any) -> str:
    if item is None:
        raise CliError(f'{key} of {name} is empty: write {key}: "" for an empty text, or leave it out')
    if not isinstance(item, str):
        raise CliError(f"{key} of {name} must be a text")
    return item


def plan_map(section: str, now: Mapping[str, Any], wanted: Mapping[str, Any]) -> list[Change]:
    """Keys to set and, last, keys to remove."""
    changes = [
        Change(section, key, now.get(key), value)
        for key, value in sorted(wanted.items())
        if not is_within(value, now.get(key))
    ]
    return changes + [Change(section, key, now[key], None) for key in sorted(now) if key not in wanted]


def is_within(wanted: Any, now: Any) -> bool:
    """Whether all that is wanted is so; the controller may have added defaults of its own."""
    if isinstance(wanted, Mapping) and isinstance(now, Mapping):
        return all(key in now and is_within(value, now[key]) for key, value in wanted.items())
    if isinstance(wanted, str) and now is not None:
        return wanted == format_value(now)
    return bool(wanted == now)


def plan_list(section: str, now: list[str], wanted: list[str]) -> list[Change]:
    added = [Change(section, item, None, item) for item in wanted if item not in now]
    return added + [Change(section, item, item, None) for item in now if item not in wanted]


def build_maps(changes: list[Change], names: Mapping[str, str]) -> dict[str, Any]:
    """The body that makes these changes: maps by the controller's names, null for what goes."""
    body: dict[str, Any] = {}
    for change in changes:
        body.setdefault(names[change.section], {})[change.key] = change.after
    return body
