"""Process types: what the Procfile declares and what the buildpack adds by default."""

from __future__ import annotations

from typing import Any

import yaml

from .errors import BuildError


def parse_declared_types(procfile: str) -> list[str]:
    """Names before the first ``": "`` of each line; lines without it are skipped.

    Source: build specification, 9.3 step 11.
    """
    return [line.split(": ", 1)[0] for line in procfile.splitlines() if ": " in line]


def parse_default_types(release: str) -> dict[str, str]:
    """``default_process_types`` of a buildpack's release YAML.

    Raises:
        BuildError: it is not YAML, or not a mapping of mappings.
    """
    try:
        document: Any = yaml.safe_load(release) or {}
        types = document.get("default_process_types") or {}
        return {str(name): str(command) for name, command in types.items()}
    except (yaml.YAMLError, AttributeError) as error:
        raise BuildError(f"The buildpack's bin/release did not print a YAML mapping: {error}") from error


def render_procfile(types: dict[str, str]) -> str:
    """A Procfile of the default types; ``{}`` if there are none."""
    return yaml.safe_dump(types, default_flow_style=False) if types else "{}\n"
