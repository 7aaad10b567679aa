"""How many processors this container may use."""

from __future__ import annotations

import math
import os
from pathlib import Path

CGROUP = Path("/sys/fs/cgroup")
MOST_WORKERS = 4
"""Each worker holds a copy of what it changes; four saturate more network than one pod is likely to have."""


def count_workers(cgroup: Path = CGROUP) -> int:
    """Return what ``workerProcesses: auto`` stands for: the processors of this container, not of its node."""
    allowed = len(os.sched_getaffinity(0))
    quota = get_cpu_quota(cgroup)
    if quota is not None:
        allowed = min(allowed, math.ceil(quota))
    return max(1, min(allowed, MOST_WORKERS))


def get_cpu_quota(cgroup: Path) -> float | None:
    """Return the processors that the limit of the control group amounts to, or None without one."""
    try:
        unified = (cgroup / "cpu.max").read_text().split()
        return None if unified[0] == "max" else int(unified[0]) / int(unified[1])
    except (OSError, ValueError, IndexError):
        pass
    try:
        quota = int((cgroup / "cpu" / "cpu.cfs_quota_us").read_text())
        period = int((cgroup / "cpu" / "cpu.cfs_period_us").read_text())
    except (OSError, ValueError):
        return None
    return quota / period if quota > 0 and period > 0 else None
