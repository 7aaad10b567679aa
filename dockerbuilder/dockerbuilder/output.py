"""The lines of buildah, as the pusher sees them: unchanged, but for a few that are only ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

UNKNOWN_INSTRUCTION = re.compile(r'Unknown instruction: "(?P<name>[^"]*)"', re.IGNORECASE)
INJECTED = re.compile(r'(\[\d+/\d+\] )?STEP \d+/\d+: ENV "[^"]*"="')
NOISE = re.compile(
    r"level=(error|warning) msg=\"(\+\(UNHANDLED LOGLEVEL\)|Error loading default container config)"
)


def filter_lines(lines: Iterable[str], *, injected: frozenset[str]) -> Iterator[str]:
    """Leave out the step that ``--env`` adds, and buildah's own debris; word an unknown instruction as specified.

    Source: build specification, section 22, bad Dockerfile instruction.
    """
    for line in lines:
        if NOISE.search(line) or is_injected(line, injected):
            continue
        unknown = UNKNOWN_INSTRUCTION.search(line)
        yield f"Unknown instruction: {unknown['name']}\n" if unknown else line


def is_injected(line: str, injected: frozenset[str]) -> bool:
    """Say if this is the ENV step of the variables we added: all of them, and in buildah's quoting."""
    return (
        bool(injected)
        and INJECTED.match(line) is not None
        and all(f'"{name}"="' in line for name in injected)
    )
