"""Runs programs: quietly, with their output kept in one log, or shown when they fail."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import CommandFailed
from .settings import Settings

TAIL = 40
"""Lines of a failed program's output to show."""


def build_environment(settings: Settings, env: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with our programs first on PATH and our cluster, profile and key chosen."""
    return {**env, **build_exports(settings, path=env.get("PATH", os.defpath))}


def build_exports(settings: Settings, *, path: str) -> dict[str, str]:
    """What ``make env`` prints: enough to use `deis`, `git push`, `kubectl` and `helm` at once."""
    programs = [str(settings.checkout / ".venv" / "bin"), "/var/lib/devcluster/bin"]
    rest = [part for part in path.split(os.pathsep) if part not in programs]
    exports = {
        "PATH": os.pathsep.join(programs + rest),
        "DEIS_CONTROLLER": settings.controller_url,
        "DEIS_PROFILE": str(settings.profile),
        "GIT_SSH_COMMAND": build_ssh_command(settings),
    }
    return exports | ({"KUBECONFIG": settings.kubeconfig} if settings.kubeconfig else {})


def build_ssh_command(settings: Settings) -> str:
    """ssh with the quick start's own key and known hosts, and without a question."""
    return (
        f"ssh -F none -i {settings.ssh_key} -o IdentitiesOnly=yes -o BatchMode=yes "
        f"-o UserKnownHostsFile={settings.known_hosts} -o StrictHostKeyChecking=yes"
    )


class Commands:
    """Programs run with one environment; all they print is kept in one log file."""

    def __init__(self, env: Mapping[str, str], *, log: Path) -> None:
        self.env = dict(env)
        self.log = log

    def run(self, *argv: str, cwd: Path | None = None, stdin: str | None = None, shown: bool = False) -> str:
        """Return what the program printed.

        Args:
            shown: its output goes to the terminal as it comes, and the answer is empty.

        Raises:
            CommandFailed: it cannot be started or ended with another status than 0; the message has its last lines.
        """
        try:
            done = subprocess.run(
                argv,
                cwd=cwd,
                env=self.env,
                input=stdin,
                text=True,
                stdout=None if shown else subprocess.PIPE,
                stderr=None if shown else subprocess.STDOUT,
                check=False,
            )
        except OSError as error:
            raise CommandFailed(f"{argv[0]} cannot be started: {error.strerror}.") from error
        output = done.stdout or ""
        self.remember(argv, output)
        if done.returncode:
            tail = "\n".join(f"    {line}" for line in output.splitlines()[-TAIL:])
            raise CommandFailed(f"`{' '.join(argv)}` ended with status {done.returncode}.\n{tail}".rstrip())
        return output

    def succeeds(self, *argv: str, cwd: Path | None = None) -> bool:
        """Whether the program ends with status 0; its output goes to the log."""
        try:
            self.run(*argv, cwd=cwd)
        except CommandFailed:
            return False
        return True

    def remember(self, argv: Sequence[str], output: str) -> None:
        with self.log.open("a") as log:
            log.write(f"$ {' '.join(argv)}\n{output}\n")
