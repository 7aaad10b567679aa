"""Lines of nginx configuration: blocks, quoting, tables."""

from __future__ import annotations

from collections.abc import Iterable

Lines = list[str]

INDENT = "    "
SPECIAL_KEYS = frozenset({"default", "hostnames", "include", "volatile"})


def block(head: str, *parts: str | Iterable[str]) -> Lines:
    """Return ``head { parts }``; a part is a line or several, an empty one is left out."""
    lines = [line for part in parts for line in ([part] if isinstance(part, str) else part) if line]
    return [f"{head} {{", *(INDENT + line for line in lines), "}"]


def quote(text: str) -> str:
    """Return ``text`` as one argument. nginx still sees variables in it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def table_key(key: str) -> str:
    """Return ``key`` so that a map takes it literally."""
    return f"\\{key}" if key in SPECIAL_KEYS else key


def render_map(
    source: str,
    target: str,
    entries: Iterable[tuple[str, str]],
    *,
    default: str = "",
    hostnames: bool = False,
) -> Lines:
    """Return a map from literal keys to values, which may hold variables."""
    return block(
        f"map {source} {target}",
        "hostnames;" if hostnames else "",
        f"default {quote(default)};",
        (f"{table_key(key) or quote(key)} {quote(value)};" for key, value in entries),
    )


def on_off(value: bool) -> str:
    return "on" if value else "off"
