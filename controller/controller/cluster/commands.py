"""What a container starts, by build kind and process type (section 8)."""

from collections.abc import Mapping

from controller.cluster.desired import BuildKind

Command = tuple[tuple[str, ...], tuple[str, ...]]
"""``command`` (replaces the image's entrypoint) and ``args``; an empty one is left out of the manifest."""

RUNNER = ("/runner/init",)
SHELL = ("/bin/bash", "-c")


def build_command(kind: BuildKind, procfile: Mapping[str, str], process_type: str) -> Command:
    """Command and arguments of a process type.

    Where the original started a slug without Procfile through ``bash -c start``, which can't work, the runner
    is used as for any other slug.

    Source: Kubernetes specification, section 8.
    """
    if kind == "buildpack":
        return (() if process_type == "cmd" else RUNNER), ("start", process_type)
    if process_type == "cmd":
        return (), tuple(procfile.get("cmd", "").split())
    if process_type in procfile:
        return SHELL, (procfile[process_type],)
    return SHELL, ("start", process_type)


def build_run_command(kind: BuildKind, command: str) -> Command:
    """Command and arguments of a one-off pod: the user's line, given to the slug's runner or to a shell."""
    return (RUNNER if kind == "buildpack" else SHELL), (command,)
