"""How many of each process type an app runs, and which types a build brings. Pure.

Source: Kubernetes specification, section 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from controller.cluster.desired import BuildKind
from controller.cluster.probes import WEB_TYPES
from controller.errors import InvalidFields
from controller.services.configmaps import describe_type
from kit.errors import InvalidInput, NotFound

Structure = dict[str, int]
NO_COMMAND = "Command can't be empty for process type"
MOST = 2**31 - 1
"""As many as Kubernetes can count."""


def get_kind(*, sha: str, dockerfile: str) -> BuildKind:
    if dockerfile:
        return "dockerfile"
    return "buildpack" if sha else "image"


def check_procfile(procfile: Mapping[str, Any]) -> None:
    """
    Raises:
        InvalidFields: a type or a command that can't be.
    """
    for process_type, command in procfile.items():
        if command is None or command == "":
            raise InvalidFields({"procfile": [NO_COMMAND]})
        if not isinstance(command, str):
            raise InvalidFields({"procfile": ["Commands must be text"]})
        problem = describe_type(process_type)
        if problem:
            raise InvalidFields({"procfile": [problem]})


def choose_default(kind: BuildKind, *, sha: str, procfile: Mapping[str, str]) -> Structure:
    """What a first deploy starts."""
    if "web" in procfile:
        return {"web": 1}
    if not sha or kind == "dockerfile":
        return {"cmd": 1}
    return {} if procfile else {"web": 1}


def plan_structure(
    structure: Mapping[str, int],
    *,
    kind: BuildKind,
    sha: str,
    procfile: Mapping[str, str],
    previous_kind: BuildKind | None,
) -> Structure:
    """The counts a release starts with. ``previous_kind`` is None before the first good build.

    A first build that failed may have left counts of another kind behind: they are treated like those of a
    build of another kind.
    """
    default = choose_default(kind, sha=sha, procfile=procfile)
    if not structure:
        return default
    if previous_kind == kind:
        return dict(structure)
    kept = {name: 0 if name in WEB_TYPES else count for name, count in structure.items()}
    return kept | default


def drop_missing(
    structure: Mapping[str, int], *, old: Mapping[str, str], new: Mapping[str, str], remove: bool
) -> Structure:
    """Counts after types that the new Procfile lacks were scaled to nothing."""
    if not (remove or (old and new)):
        return dict(structure)
    gone = set(old) - set(new)
    return {name: 0 if name in gone else count for name, count in structure.items()}


def parse_counts(data: Mapping[str, Any]) -> Structure:
    """
    Raises:
        InvalidInput: in the words of Python's own ``int``.
    """
    try:
        counts = {str(name): int(value) for name, value in data.items()}
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"Invalid scaling format: {error}") from error
    if any(count < 0 for count in counts.values()):
        raise InvalidInput("Invalid scaling format: ['Must be greater than or equal to zero']")
    if any(count > MOST for count in counts.values()):
        raise InvalidInput(f"Invalid scaling format: ['Must be less than or equal to {MOST}']")
    return counts


def check_types(counts: Mapping[str, int], *, procfile: Mapping[str, str]) -> None:
    """
    Raises:
        NotFound: a type that the build does not have.
    """
    for name in counts:
        if name != "cmd" and name not in procfile:
            raise NotFound(f"Container type {name} does not exist in application")
