"""Live tests inside the test image, so that PostgreSQL, nginx, git and Python are the versions we ship.

The image shares this machine's loopback: the servers of the tests bind there, and the devcluster answers there.
Several workers run tests side by side, as most of their time is waiting for pods.

``python3 scripts/live.py [path...] [-- option of pytest...]``
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).resolve().parents[1]
LOCK = Path("/run/deis-workflow-live.lock")
KUBECONFIG = Path("/var/lib/devcluster/kubeconfig")
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
USER = 1001
LONGEST = "controller"
"""The component whose tests begin first, so that only short files are left when a worker runs out of work."""
OUTSIDE = ("devcluster",)
"""Components whose live tests need the machine itself: they run on the host."""
BYTECODE = Path("/var/cache/devcluster/live-bytecode")
"""Where Python keeps what it compiled, between runs: the checkout itself is read-only."""
PASSED = ("SOAK_KILLS", "SOAK_LANES", "SOAK_SEED", "SOAK_OUTAGE", "SOAK_EXAMPLES")
"""Variables that tests inside are given."""
WORKERS = 8
PYTEST = (
    "python",
    "-m",
    "pytest",
    "-p",
    "no:cacheprovider",
    "--durations=15",
    "--dist=loadfile",
    "--no-loadscope-reorder",
)
LEFTOVERS = ("python", "scripts/leftovers.py")


def run(*argv: str) -> str:
    env = os.environ | {"PYTHONPATH": str(CHECKOUT / "images")}
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True, env=env, cwd=CHECKOUT)
    return done.stdout.strip()


def get_image() -> str:
    """Local name of the test image as it must be for this checkout."""
    tags = run(sys.executable, "-m", "images", "tags")
    tag = next(line.split("=", 1)[1] for line in tags.splitlines() if line.startswith("test="))
    return f"localhost/deis/test:{tag}"


def split_arguments(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What to test and options of pytest, which come after ``--``."""
    if "--" not in arguments:
        return arguments, []
    at = arguments.index("--")
    return arguments[:at], arguments[at + 1 :]


def list_tests(named: list[str]) -> list[str]:
    """The directories to test: those named, else every component's live tests that run inside."""
    if named:
        return named
    found = (path.relative_to(CHECKOUT) for path in CHECKOUT.glob("*/tests/live"))
    ordered = sorted(found, key=lambda path: (path.parts[0] != LONGEST, path))
    return [str(path) for path in ordered if path.parts[0] not in OUTSIDE]


def count_workers(paths: list[str]) -> int:
    """No more workers than files with tests."""
    found = [CHECKOUT / path.partition("::")[0] for path in paths]
    files = sum(len(list(path.rglob("test_*.py"))) if path.is_dir() else 1 for path in found)
    return min(WORKERS, files)


class Inside:
    """A container of the test image, with the checkout and the cluster's address in it."""

    def __init__(self, private: Path) -> None:
        """``private`` is for what the container's user alone may read: where the cluster is, if there is one."""
        self._private = private
        kubeconfig = private / "kubeconfig"
        if KUBECONFIG.exists():
            kubeconfig.touch(mode=0o600)
            kubeconfig.write_bytes(KUBECONFIG.read_bytes())
        BYTECODE.mkdir(parents=True, exist_ok=True)
        for path in (private, *private.iterdir(), BYTECODE):
            os.chown(path, USER, USER)
        self._name = run("buildah", "from", "--pull-never", get_image())

    def run(self, *argv: str) -> int:
        """The status of a program that runs in the checkout."""
        return subprocess.run(
            (
                "buildah", "run", "--isolation", "chroot", "--network", "host", "--user", f"{USER}:{USER}",
                "--volume", f"{CHECKOUT}:/checkout:ro", "--volume", f"{self._private}:/private:ro",
                "--volume", f"{CA_BUNDLE}:{CA_BUNDLE}:ro", "--volume", f"{BYTECODE}:/bytecode:rw",
                "--mount", "type=tmpfs,destination=/tmp",
                "--env", "HOME=/tmp", "--env", "PYTHONPYCACHEPREFIX=/bytecode",
                "--env", "KUBECONFIG=/private/kubeconfig",
                *(f"--env={name}={os.environ[name]}" for name in PASSED if name in os.environ),
                "--workingdir", "/checkout", self._name, "--",
                *argv,
            ),
            check=False,
        ).returncode  # fmt: skip

    def remove(self) -> None:
        run("buildah", "rm", self._name)


def sweep_when_alone(inside: Inside, lock: IO[str]) -> None:
    """Remove what an interrupted run left, unless another run is going on, whose it may be. Runs share the lock."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another live run is going on: nothing is removed before this one.", flush=True)
    else:
        if KUBECONFIG.exists():
            inside.run(*LEFTOVERS)
    fcntl.flock(lock, fcntl.LOCK_SH)


def main(arguments: list[str]) -> int:
    """The status of pytest inside the image."""
    named, options = split_arguments(arguments)
    paths = list_tests(named)
    with tempfile.TemporaryDirectory(prefix="deis-live-") as private, LOCK.open("w") as lock:
        inside = Inside(Path(private))
        try:
            sweep_when_alone(inside, lock)
            return inside.run(*PYTEST, f"--numprocesses={count_workers(paths)}", *options, *paths)
        finally:
            inside.remove()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
