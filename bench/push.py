"""Time from `git push` to the first answer for each example, beside two bare pod starts in the same run.

Budget of the design: a push, minus the buildpack's own work, takes at most 1.5 times two bare pod starts.
"""

from __future__ import annotations

import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(CHECKOUT / "e2e"))

from drive import Platform, User  # noqa: E402 - the path has to be there first

EXAMPLES = ("static", "procfile-only", "python", "nodejs", "go", "dockerfile")
POD_STARTS = 3
IMAGE = "198.19.255.1:5000/library/debian:trixie-slim"


def get_platform() -> Platform:
    """The platform that ``make env`` points at."""
    printed = subprocess.run(
        (sys.executable, "-m", "quickstart", "env"),
        env=os.environ | {"PYTHONPATH": str(CHECKOUT / "quickstart")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    exports = dict(re.findall(r"^export (\w+)='?(.*?)'?$", printed, re.MULTILINE))
    return Platform(os.environ | exports, run=secrets.token_hex(3))


def measure_pod_start(platform: Platform) -> float:
    """Seconds from creating a pod of a cached image to its being Ready."""
    name = f"bench-{secrets.token_hex(3)}"
    began = time.monotonic()
    done = platform.kubectl(
        "run", name, f"--image={IMAGE}", "--restart=Never", "--command", "--", "sleep", "60"
    )
    assert done.code == 0, done.err
    done = platform.kubectl("wait", f"pod/{name}", "--for=condition=Ready", "--timeout=60s")
    assert done.code == 0, done.err
    seconds = time.monotonic() - began
    platform.kubectl("delete", "pod", name, "--grace-period=0", "--force", "--wait=false")
    return seconds


def measure_push(user: User, example: str) -> tuple[float, float]:
    """Seconds of a first push and of a second one, each to the first answer."""
    repository = user.create(f"bench-{example}", example=example)
    try:
        times = []
        for version in (2, 3):
            began = time.monotonic()
            repository.must_push(version)
            answer = repository.fetch()
            assert answer.status == 200, answer
            times.append(time.monotonic() - began)
            repository.commit("again")
        return times[0], times[1]
    finally:
        user.deis("destroy", "--app", repository.app, f"--confirm={repository.app}")


def main() -> int:
    platform = get_platform()
    with tempfile.TemporaryDirectory(prefix="bench-") as home:
        user = User(platform, f"bench-{secrets.token_hex(3)}", home=Path(home))
        user.register()
        measure_pod_start(platform)  # the image is cached from here on
        two_starts = 2 * statistics.median(measure_pod_start(platform) for _ in range(POD_STARTS))
        print(f"two bare pod starts: {two_starts:.2f} s\n")
        print(f"{'example':<15}{'first push':>12}{'second push':>13}{'second ÷ two starts':>21}")
        for example in EXAMPLES:
            first, second = measure_push(user, example)
            print(f"{example:<15}{first:>10.2f} s{second:>11.2f} s{second / two_starts:>20.2f}", flush=True)
        user.deis("auth:cancel", f"--username={user.name}", "--yes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
