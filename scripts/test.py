"""``make test``: every kind of test in order, one run at a time, and where the time went.

The cheap ones come first, so that a slip is known within a minute; the last ones start from an empty devcluster.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
LOCK = Path("/run/deis-workflow-test.lock")
STAGES = (
    ("packages", ("make", "packages")),
    ("venv", ("make", "venv")),
    ("lint", ("make", "lint")),
    ("types", ("make", "types")),
    ("unit", ("make", "unit")),
    ("cluster", ("make", "cluster")),
    ("empty", (sys.executable, "-m", "quickstart", "empty")),
    ("devcluster", ("make", "live-devcluster")),
    ("images", ("make", "images")),
    ("chart", ("make", "chart")),
    ("live", ("make", "live")),
    ("platform", ("make", "platform")),
    ("e2e", ("make", "e2e")),
)


def main() -> int:
    """0 when every stage passed; stops at the first that did not."""
    with LOCK.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"Another test run on this machine holds {LOCK}. Wait for it to end.", file=sys.stderr)
            return 1
        return run_stages()


def run_stages() -> int:
    times: list[tuple[str, float]] = []
    failed = ""
    for name, argv in STAGES:
        print(f"\n==> {name}", flush=True)
        began = time.monotonic()
        done = subprocess.run(argv, cwd=CHECKOUT, env=os.environ | {"MAKEFLAGS": ""}, check=False)
        times.append((name, time.monotonic() - began))
        if done.returncode:
            failed = name
            break
    print("\nWhere the time went:")
    for name, seconds in times:
        print(f"  {name:<10} {seconds:7.1f} s")
    print(f"  {'all':<10} {sum(seconds for _, seconds in times):7.1f} s")
    print(f"\nFailed: {failed}" if failed else "\nAll passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
