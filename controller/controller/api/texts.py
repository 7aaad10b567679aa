"""What no database and no cluster can hold, wherever in a body it is. Source: API specification, section 1.2."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

NUL = "Null characters are not allowed."
NOT_FINITE = "Numbers must be finite."
DEEPEST = 64
TOO_DEEP = f"Nested more than {DEEPEST} levels deep."


def find_wrong_text(value: Any, *, depth: int = 0) -> str:
    """What is wrong with the first part of ``value`` that can't be stored, keys included; empty if all can."""
    if isinstance(value, str):
        return describe_text(value)
    if isinstance(value, float):
        return "" if math.isfinite(value) else NOT_FINITE
    if isinstance(value, Mapping):
        parts = [*value.keys(), *value.values()]
    elif isinstance(value, (list, tuple)):
        parts = list(value)
    else:
        return ""
    if depth == DEEPEST:
        return TOO_DEEP
    return next((problem for part in parts if (problem := find_wrong_text(part, depth=depth + 1))), "")


def describe_text(text: str) -> str:
    """In the framework's own words for a field."""
    if "\x00" in text:
        return NUL
    lone = next((letter for letter in text if "\ud800" <= letter <= "\udfff"), "")
    return f"Surrogate characters are not allowed: U+{ord(lone):X}." if lone else ""


class PlatformJSONParser(JSONParser):
    """The framework's, with an answer to what is nested too deeply for it."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return super().parse(stream, media_type=media_type, parser_context=parser_context)
        except RecursionError as error:
            raise ParseError(f"JSON parse error - {TOO_DEEP}") from error
