"""What the workers of one run have in common: a directory, what is done only once, apps on their way out."""

from __future__ import annotations

import fcntl
import subprocess
from collections.abc import Callable
from pathlib import Path

from drive import DEADLINE, Repository


def do_once(directory: Path, name: str, action: Callable[[], None]) -> None:
    """The worker that comes first does it; the others wait until it is done."""
    with (directory / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = directory / f"{name}.done"
        if not done.exists():
            action()
            done.touch()


class Departures:
    """Apps that are destroyed while the next test runs already; at the end all of them must be gone."""

    def __init__(self) -> None:
        self._running: list[tuple[str, subprocess.Popen[str]]] = []

    def destroy(self, repository: Repository) -> None:
        """Start `deis destroy`; who runs it sees the app's end in ``finish``."""
        app, user = repository.app, repository.user
        process = subprocess.Popen(
            ("deis", "destroy", "--app", app, f"--confirm={app}"),
            cwd=user.home,
            env=user.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._running.append((app, process))

    def finish(self) -> None:
        """Wait for all; each must have ended well."""
        problems = []
        for app, process in self._running:
            printed, _ = process.communicate(timeout=DEADLINE)
            if process.returncode:
                problems.append(f"deis destroy --app {app}: status {process.returncode}\n{printed}")
        assert not problems, "\n".join(problems)
