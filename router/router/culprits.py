"""Which annotation, Service or Secret makes nginx refuse the configuration: found by halving, left out alone.

The model checks all it can beforehand; this is for what only nginx can tell. A culprit stays out until it changes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from router.discovery import Inputs
from router.errors import ConfigRejected
from router.services import get_annotations

Check = Callable[[Inputs], None]
"""Raises ``ConfigRejected``."""


@dataclass(frozen=True)
class Part:
    """A piece of the inputs that can be left out: one Service, one annotation of the router, one Secret."""

    kind: str
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def list_parts(inputs: Inputs) -> list[Part]:
    """Return every part, those of the operator before those of apps."""
    parts = []
    if inputs.platform_certificate:
        parts.append(Part("Secret", "deis-router-platform-cert", inputs.platform_certificate))
    if inputs.dhparam:
        parts.append(Part("Secret", "deis-router-dhparam", inputs.dhparam))
    parts += [Part("annotation", key, value) for key, value in get_annotations(inputs.deployment).items()]
    if inputs.builder is not None:
        parts.append(Part("Service", "deis-builder", get_version(inputs.builder)))
    return parts + [
        Part("Service", f"{namespace}/{name}", get_version(service))
        for (namespace, name), service in inputs.services.items()
    ]


def get_version(manifest: dict[str, Any]) -> str:
    version: str = manifest["metadata"].get("resourceVersion", "")
    return version


def leave_out(inputs: Inputs, culprits: Collection[Part]) -> Inputs:
    """Return ``inputs`` without the culprits, if they are still what they were."""
    out = set(culprits) & set(list_parts(inputs)) if culprits else set()
    if not out:
        return inputs
    names = {(part.kind, part.name) for part in out}
    metadata = inputs.deployment["metadata"]
    annotations = {
        key: value
        for key, value in get_annotations(inputs.deployment).items()
        if ("annotation", key) not in names
    }
    return replace(
        inputs,
        deployment={**inputs.deployment, "metadata": {**metadata, "annotations": annotations}},
        services={
            (namespace, name): service
            for (namespace, name), service in inputs.services.items()
            if ("Service", f"{namespace}/{name}") not in names
        },
        builder=None if ("Service", "deis-builder") in names else inputs.builder,
        platform_certificate=None
        if ("Secret", "deis-router-platform-cert") in names
        else inputs.platform_certificate,
        dhparam=None if ("Secret", "deis-router-dhparam") in names else inputs.dhparam,
    )


def find_culprits(inputs: Inputs, check: Check) -> dict[Part, str]:
    """Return the parts without which nginx takes the rest, and what it says of each.

    Raises:
        ConfigRejected: it does not even take the configuration of nothing.
    """
    parts = list_parts(inputs)
    check(leave_out(inputs, parts))
    culprits: dict[Part, str] = {}

    def accept(candidates: Sequence[Part], accepted: frozenset[Part]) -> frozenset[Part]:
        """Return ``accepted`` with as many of the candidates as nginx takes along with it."""
        together = accepted | set(candidates)
        try:
            check(leave_out(inputs, [part for part in parts if part not in together]))
        except ConfigRejected as error:
            if len(candidates) == 1:
                culprits[candidates[0]] = str(error)
                return accepted
        else:
            return together
        middle = len(candidates) // 2
        return accept(candidates[middle:], accept(candidates[:middle], accepted))

    accept(parts, frozenset())
    return culprits
