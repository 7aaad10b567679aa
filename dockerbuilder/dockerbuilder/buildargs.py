"""Build arguments from the app's config, never on a command line.

Source: build specification, 8.2 (DOCKER_BUILD_ARGS) and 11.1, steps 2 and 4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from dockerbuilder.errors import BuildError, SourceMissing

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_build_args(directory: Path) -> dict[str, str]:
    """Return the arguments of this build; empty if the app has not opted in."""
    path = directory / "DOCKER_BUILD_ARGS"
    return parse_build_args(path.read_text()) if path.exists() else {}


def parse_build_args(text: str) -> dict[str, str]:
    """Return a JSON object's names and values.

    Raises:
        BuildError: it is none. What it holds may be secret and is not repeated.
    """
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        raise BuildError("DOCKER_BUILD_ARGS is not a JSON object.")
    return {str(name): str(value) for name, value in parsed.items() if _NAME.fullmatch(str(name))}


def render_arg_file(args: Mapping[str, str]) -> str:
    """Lines for ``--build-arg-file``: all values of one line."""
    return "".join(f"{name}={value}\n" for name, value in args.items() if not is_multiline(value))


def list_multiline(args: Mapping[str, str]) -> list[str]:
    """Names whose values a file of lines can't hold; buildah takes them from its own environment."""
    return [name for name, value in args.items() if is_multiline(value)]


def is_multiline(value: str) -> bool:
    return "\n" in value or "\r" in value


def render_dockerfile(source: Path, args: Mapping[str, str]) -> str:
    """Return the pushed Dockerfile with an ``ARG`` line for each argument at its end.

    So no argument is an error for not being used, and none is visible to the instructions before.

    Raises:
        SourceMissing: there is none, it leads out of the source, or it is not text.
    """
    dockerfile = source / "Dockerfile"
    if not dockerfile.resolve().is_relative_to(source.resolve()):
        raise SourceMissing("The Dockerfile is a link that leads out of the repository.")
    try:
        text = dockerfile.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise SourceMissing(f"The Dockerfile can't be read: {error}.") from error
    return "\n".join([text, *(f"ARG {name}" for name in args)]) + ("\n" if args else "")
