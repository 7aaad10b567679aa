"""Text that no database and no cluster can hold, wherever in a body it is. Source: API specification, section 1.2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NUL = "Null characters are not allowed."


def find_wrong_text(value: Any) -> str:
    """What is wrong with the first text in ``value`` that can't be stored, keys included; empty if all can."""
    if isinstance(value, str):
        return describe_text(value)
    if isinstance(value, Mapping):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple)):
        parts = list(value)
    else:
        return ""
    return next((problem for part in parts if (problem := find_wrong_text(part))), "")


def describe_text(text: str) -> str:
    """In the framework's own words for a field."""
    if "\x00" in text:
        return NUL
    lone = next((letter for letter in text if "\ud800" <= letter <= "\udfff"), "")
    return f"Surrogate characters are not allowed: U+{ord(lone):X}." if lone else ""
