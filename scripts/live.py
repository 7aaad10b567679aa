"""Live tests inside the test image, so that PostgreSQL, nginx, git and Python are the versions we ship.

The image shares this machine's loopback: the servers of the tests bind there, and the devcluster answers there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
KUBECONFIG = Path("/var/lib/devcluster/kubeconfig")
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
USER = "1001:1001"
OUTSIDE = ("devcluster",)
"""Components whose live tests need the machine itself: they run on the host."""


def run(*argv: str, **options: object) -> str:
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True, env=os.environ, **options)  # type: ignore[call-overload]
    return str(done.stdout).strip()


def get_image() -> str:
    """Local name of the test image as it must be for this checkout."""
    tags = run(sys.executable, "-m", "images", "tags", cwd=CHECKOUT)
    tag = next(line.split("=", 1)[1] for line in tags.splitlines() if line.startswith("test="))
    return f"localhost/deis/test:{tag}"


def list_tests(arguments: list[str]) -> list[str]:
    """The directories to test: those named, else every component's live tests that run inside."""
    if arguments:
        return arguments
    found = (path.relative_to(CHECKOUT) for path in sorted(CHECKOUT.glob("*/tests/live")))
    return [str(path) for path in found if path.parts[0] not in OUTSIDE]


def main(arguments: list[str]) -> int:
    """The status of pytest inside the image."""
    container = run("buildah", "from", "--pull-never", get_image())
    with tempfile.TemporaryDirectory(prefix="deis-live-") as private:
        kubeconfig = Path(private) / "kubeconfig"
        shutil.copy(KUBECONFIG, kubeconfig)
        os.chmod(private, 0o755)
        os.chmod(kubeconfig, 0o644)
        try:
            return subprocess.run(
                (
                    "buildah", "run", "--isolation", "chroot", "--network", "host", "--user", USER,
                    "--volume", f"{CHECKOUT}:/checkout:ro", "--volume", f"{private}:/kubeconfig:ro",
                    "--volume", f"{CA_BUNDLE}:{CA_BUNDLE}:ro",
                    "--env", "HOME=/tmp", "--env", "PYTHONDONTWRITEBYTECODE=1", "--env", "CI=true",
                    "--env", "KUBECONFIG=/kubeconfig/kubeconfig", "--workingdir", "/checkout", container, "--",
                    "python", "-m", "pytest", "-p", "no:cacheprovider", "--durations=15", *list_tests(arguments),
                ),
                check=False,
            ).returncode  # fmt: skip
        finally:
            run("buildah", "rm", container)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
