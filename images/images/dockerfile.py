"""What a Dockerfile says about its inputs, and the same Dockerfile with variables for this machine's build.

Only what we write ourselves is understood: no here-documents, no escape directive.
"""

import json
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

FROM = re.compile(r"^\s*FROM\s", re.IGNORECASE)
COMMENT = re.compile(r"^\s*#")
OWN_IMAGE = "deis/"
"""Default of an ``ARG`` before the first ``FROM`` that stands for another image of ours."""


@dataclass(frozen=True)
class Instruction:
    """One instruction, continuation lines joined."""

    name: str
    rest: str


@dataclass(frozen=True, kw_only=True)
class Dockerfile:
    """A parsed Dockerfile."""

    text: str
    bases: dict[str, str]
    """Our images that it builds on: from the name of the argument, such as ``BASE``, to the image's name."""
    outside: tuple[str, ...]
    """Images of others that it builds on."""
    sources: tuple[str, ...]
    """Patterns below the context that it copies."""


def parse_dockerfile(text: str) -> Dockerfile:
    """Return what the text says of images and files."""
    instructions = list(split_instructions(text))
    return Dockerfile(
        text=text,
        bases=dict(list_bases(instructions)),
        outside=tuple(list_outside(instructions)),
        sources=tuple(list_sources(instructions)),
    )


def split_instructions(text: str) -> Iterator[Instruction]:
    """Yield instructions in order, without comments."""
    joined = ""
    for line in text.splitlines():
        if COMMENT.match(line) or not line.strip():
            continue
        joined += line.strip()
        if joined.endswith("\\"):
            joined = joined[:-1] + " "
            continue
        name, _, rest = joined.partition(" ")
        yield Instruction(name.upper(), rest.strip())
        joined = ""


def list_bases(instructions: Sequence[Instruction]) -> Iterator[tuple[str, str]]:
    """Yield the arguments before the first ``FROM`` that stand for images of ours."""
    for instruction in instructions:
        if instruction.name == "FROM":
            return
        argument, _, default = instruction.rest.partition("=")
        if instruction.name == "ARG" and default.startswith(OWN_IMAGE):
            yield argument, default.removeprefix(OWN_IMAGE)


def list_outside(instructions: Sequence[Instruction]) -> list[str]:
    """Return the images that are named outright, once each."""
    stages: set[str] = set()
    found: list[str] = []
    for instruction in instructions:
        if instruction.name != "FROM":
            continue
        words = [word for word in instruction.rest.split() if not word.startswith("--")]
        if not words[0].startswith("$") and words[0] not in {*stages, *found, "scratch"}:
            found.append(words[0])
        if len(words) == 3:
            stages.add(words[2])
    return found


def list_sources(instructions: Sequence[Instruction]) -> list[str]:
    """Return what is copied from the context, not from other images."""
    found = []
    for instruction in instructions:
        if instruction.name not in ("COPY", "ADD"):
            continue
        options, words = split_options(instruction.rest)
        if not any(option.startswith("--from=") for option in options):
            found += words[:-1]
    return found


def split_options(rest: str) -> tuple[list[str], list[str]]:
    """Split ``--chmod=0755 a b /c``, or its form as a JSON list, into options and words."""
    options = []
    while rest.startswith("--"):
        option, _, rest = rest.partition(" ")
        options.append(option)
        rest = rest.lstrip()
    words = json.loads(rest) if rest.startswith("[") else shlex.split(rest)
    return options, [str(word) for word in words]


def render_with_arguments(text: str, arguments: Mapping[str, str]) -> str:
    """Declare build arguments in every stage.

    Steps see an ``ARG`` as a variable, and unlike an ``ENV`` it does not stay in the image's own environment.
    The values do end in the image's history, so they must be the same on every machine.
    """
    if not arguments:
        return text
    declared = " ".join(f"{name}={value}" for name, value in arguments.items())
    lines = []
    for line in text.splitlines():
        lines.append(line)
        if FROM.match(line):
            lines.append(f"ARG {declared}")
    return "\n".join(lines) + "\n"
