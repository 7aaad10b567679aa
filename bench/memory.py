"""Memory of the platform's pods as proportional set size: shared pages count once, divided among who shares them.

Reads /proc of this machine, so it must run where the pods do: on the devcluster's host, as root.
Budgets: the idle control plane takes less than 700 MiB in total, database included; a controller with the workers it
has by default takes less than 180 MiB of that. Let the platform be for a minute before.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

BUDGET = 700.0
CONTROLLER = "deis-controller-"
CONTROLLER_BUDGET = 180.0
KUBECTL = ("/var/lib/devcluster/bin/kubectl", "--kubeconfig", "/var/lib/devcluster/kubeconfig")
POD_UID = re.compile(r"pod([0-9a-f]{8}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{4}[-_][0-9a-f]{12})")


def list_pods() -> dict[str, str]:
    """Names of the platform's pods by their uid."""
    found = subprocess.run(
        (*KUBECTL, "get", "pods", "--namespace", "deis", "--output", "json"), capture_output=True, check=True
    ).stdout
    return {pod["metadata"]["uid"]: pod["metadata"]["name"] for pod in json.loads(found)["items"]}


def read_pss(process: Path) -> float:
    """Proportional set size of a process in MiB."""
    found = re.search(r"^Pss:\s+(\d+) kB", (process / "smaps_rollup").read_text(), re.MULTILINE)
    return int(found.group(1)) / 1024 if found else 0.0


def measure() -> dict[str, float]:
    """MiB by pod uid, of every process whose control group is a pod's."""
    sums: dict[str, float] = defaultdict(float)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            found = POD_UID.search((process / "cgroup").read_text())
            if found:
                sums[found.group(1).replace("_", "-")] += read_pss(process)
        except OSError:  # it ended meanwhile
            continue
    return sums


def show(name: str, size: float, *, budget: float) -> bool:
    """Whether it is within the budget."""
    print(f"{name:<50}{size:>9.1f} MiB  ({size / budget:.2f} of the budget of {budget:.0f} MiB)")
    return size < budget


def main() -> int:
    names, sums = list_pods(), measure()
    rows = sorted(((sums.get(uid, 0.0), name) for uid, name in names.items()), reverse=True)
    for size, name in rows:
        print(f"{name:<50}{size:>9.1f} MiB")
    controllers = [size for size, name in rows if name.startswith(CONTROLLER)]
    if not controllers or min(controllers) == 0:
        print("There is no controller on this machine.")
        return 1
    held = [
        show("the largest controller", max(controllers), budget=CONTROLLER_BUDGET),
        show("all", sum(size for size, _ in rows), budget=BUDGET),
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
