"""From annotations to values: each key has a kind, a constraint and an attribute of a dataclass.

A value that does not satisfy its constraint is a warning, and the default stays. Of a list only the bad elements
are dropped: one unusual domain must not unroute the app's others, and a whitelist must never open by accident.

Source: router specification, section 4; the two exceptions: sections 11 and 20.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from router.constraints import Constraint
from router.errors import InvalidValue

PREFIX = "router.deis.io/"

T = TypeVar("T")
Decoder = Callable[[str], tuple[Any, list[tuple[str, str]]]]
"""Text to a value and the (element, reason) pairs left out of it; raises ``InvalidValue`` if nothing is left."""


@dataclass(frozen=True)
class Field:
    key: str
    attribute: str
    decode: Decoder


def text(key: str, attribute: str, constraint: Constraint | None) -> Field:
    return Field(key, attribute, build_scalar_decoder(constraint, str))


def integer(key: str, attribute: str, constraint: Constraint) -> Field:
    return Field(key, attribute, build_scalar_decoder(constraint, int))


def boolean(key: str, attribute: str, constraint: Constraint) -> Field:
    return Field(key, attribute, build_scalar_decoder(constraint, lambda value: value.lower() == "true"))


def elements(key: str, attribute: str, constraint: Constraint, *, closed: bool = False) -> Field:
    """A comma list. ``closed``: nothing but bad elements is an empty list, not the default."""

    def decode(value: str) -> tuple[Any, list[tuple[str, str]]]:
        good, bad = split_valid(value, constraint)
        if not good and not (closed and bad):
            raise InvalidValue(f"does not satisfy constraint /{constraint.shown}/")
        return tuple(good), bad

    return Field(key, attribute, decode)


def pairs(key: str, attribute: str, constraint: Constraint) -> Field:
    """A comma list of ``name:value``, as a tuple of pairs; a later duplicate wins."""

    def decode(value: str) -> tuple[Any, list[tuple[str, str]]]:
        good, bad = split_valid(value, constraint)
        if not good:
            raise InvalidValue(f"does not satisfy constraint /{constraint.shown}/")
        found = dict(element.split(":") for element in good)
        return tuple(found.items()), bad

    return Field(key, attribute, decode)


def build_scalar_decoder(constraint: Constraint | None, cast: Callable[[str], Any]) -> Decoder:
    def decode(value: str) -> tuple[Any, list[tuple[str, str]]]:
        if constraint is not None:
            constraint.validate(value)
        return cast(value), []

    return decode


def split_valid(value: str, constraint: Constraint) -> tuple[list[str], list[tuple[str, str]]]:
    """Split at commas; empty elements, such as after a trailing comma, count as absent."""
    good: list[str] = []
    bad: list[tuple[str, str]] = []
    for element in filter(None, (part.strip(" \t\n\f\r") for part in value.split(","))):
        try:
            constraint.validate(element)
        except InvalidValue as error:
            bad.append((element, str(error)))
        else:
            good.append(element)
    return good, bad


def decode_annotations(
    annotations: Mapping[str, str], fields: Sequence[Field], default: T, *, prefix: str = PREFIX
) -> tuple[T, list[str]]:
    """Return ``default`` with the attributes that are annotated, and a sentence for each thing left out."""
    values: dict[str, Any] = {}
    warnings: list[str] = []
    for field in fields:
        key = prefix + field.key
        value = annotations.get(key)
        if value is None:
            continue
        try:
            values[field.attribute], bad = field.decode(value)
        except InvalidValue as error:
            shown = show(getattr(default, field.attribute))
            warnings.append(
                f'Field "{key}" value "{value}" {error} -- skipping this field and using default value "{shown}".'
            )
            continue
        warnings += [
            f'Field "{key}" element "{element}" {reason} -- skipping this element.' for element, reason in bad
        ]
    return (replace(default, **values) if values else default), warnings  # type: ignore[type-var]


def show(value: object) -> str:
    """Write a default as an annotation would."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(":".join(item) if isinstance(item, tuple) else str(item) for item in value)
    return str(value)
