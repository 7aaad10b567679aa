"""What a release says of itself: the difference between two releases in words. Pure.

Source: API specification, sections 10.2 and 15.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Maps = Mapping[str, Mapping[str, Any]]
HOOKS = ("lifecycle_post_start", "lifecycle_pre_stop")
GRACE = "termination_grace_period"


@dataclass(frozen=True, kw_only=True)
class Described:
    """The parts of a release that a summary tells about."""

    config_owner: str
    maps: Maps
    build_uuid: str = ""
    build_owner: str = ""
    build_name: str = ""
    """The first seven characters of the sha, or the image."""


def describe_build(*, sha: str, image: str) -> str:
    return sha[:7] if sha else image


def summarize_first(owner: str, new: Described) -> str:
    parts = [f"{owner} created initial release"]
    tags = _describe_keys("tag", {}, new.maps.get("tags", {}))
    if tags:
        parts.append(f"{new.config_owner} {tags}")
    return " and ".join(parts)


def summarize(new: Described, *, old: Described) -> str:
    """The whole summary; empty when nothing changed."""
    parts = []
    if new.build_uuid and new.build_uuid != old.build_uuid:
        parts.append(f"{new.build_owner} deployed {new.build_name}")
    parts.extend(f"{new.config_owner} {text}" for text in _describe_maps(new.maps, old.maps))
    return " and ".join(parts)


def _describe_maps(new: Maps, old: Maps) -> list[str]:
    limits = [name for name in ("memory", "cpu") if new.get(name, {}) != old.get(name, {})]
    texts = [
        _describe_values(old.get("values", {}), new.get("values", {})),
        f"changed limits for {', '.join(limits)}" if limits else "",
        _describe_keys("tag", old.get("tags", {}), new.get("tags", {})),
        _describe_keys("registry info", old.get("registry", {}), new.get("registry", {})),
        _describe_keys(
            "healthcheck info for proc type", old.get("healthcheck", {}), new.get("healthcheck", {})
        ),
        *(_describe_hooks(name, old.get(name, {}), new.get(name, {})) for name in HOOKS),
        "changed timeouts for termination_grace_period" if new.get(GRACE, {}) != old.get(GRACE, {}) else "",
    ]
    return [text for text in texts if text]


def _describe_values(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    return ", ".join(f"{verb} {', '.join(keys)}" for verb, keys in _list_changes(old, new) if keys)


def _describe_keys(noun: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    return ", ".join(f"{verb} {noun} {', '.join(keys)}" for verb, keys in _list_changes(old, new) if keys)


def _describe_hooks(noun: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """With the second space after a noun that is added, which scripts may look for."""
    changes = [(verb, ", ".join(keys)) for verb, keys in _list_changes(old, new) if keys]
    return ", ".join(f"{verb} {noun}{'  ' if verb == 'added' else ' '}{keys}" for verb, keys in changes)


def _list_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    return [
        ("added", sorted(set(new) - set(old))),
        ("changed", sorted(key for key in set(new) & set(old) if new[key] != old[key])),
        ("deleted", sorted(set(old) - set(new))),
    ]
