"""Programs called ``deis-NAME`` are commands ``deis NAME``.

Source: cli specification, section 11.
"""

from __future__ import annotations

import os

from deis.argv import Call, build_plugin_arguments


def find_plugin(name: str, *, path: str) -> str | None:
    """The first executable ``deis-{name}`` of the search path; never outside it."""
    if not name or "/" in name or "\\" in name or "\0" in name:
        return None
    for directory in path.split(os.pathsep):
        candidate = os.path.join(directory, f"deis-{name}")
        if directory and os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    return None


def run_plugin(call: Call, *, path: str) -> None:
    """Become the plugin. Returns only if there is none or if it cannot be executed."""
    program = find_plugin(call.noun, path=path)
    if program is None:
        return
    try:
        os.execv(program, [f"deis-{call.noun}", *build_plugin_arguments(call)])
    except OSError:
        return
