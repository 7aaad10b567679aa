"""What stops the cluster. The last tests to run, and they leave a new, empty cluster.

They would destroy what a developer has in the cluster, so they run only when told to.
"""

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from devcluster.leftovers import list_hierarchies
from devcluster.processes import list_running

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(
        not (os.environ.get("CI") or os.environ.get("DEVCLUSTER_MAY_BE_STOPPED")),
        reason="stops the cluster; set DEVCLUSTER_MAY_BE_STOPPED=1",
    ),
]


def get_output(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=30).stdout


def list_rules():
    """The firewall without counters, comments and empty built-in chains."""
    saved = get_output("iptables-save") + get_output("ip6tables-save")
    lines = [re.sub(r" \[\d+:\d+\]$", "", line) for line in saved.splitlines()]
    plain = re.compile(r"#|\*|COMMIT|:\w+ ACCEPT$")
    return [line for line in lines if not plain.match(line)]


def list_groups():
    """Control groups, but for those that other programs make and delete all the time."""
    roots = list_hierarchies()
    return {
        directory
        for root in roots
        for directory, _, _ in os.walk(root)
        if "devcluster" in directory or "kube" in directory
    }


def take_inventory():
    """All that could be left behind."""
    return {
        "processes": sorted(run.name for run in list_running()),
        "mounts": sorted(line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()),
        "interfaces": sorted(path.name for path in Path("/sys/class/net").iterdir()),
        "groups": list_groups(),
        "rules": list_rules(),
        "forwarding": Path("/proc/sys/net/ipv4/ip_forward").read_text(),
    }


def start_pod(cluster):
    """A pod with a host port and a limit, so that there is something to leave behind."""
    container = {
        "name": "busy",
        "image": "debian:trixie-slim",
        "command": ["sleep", "inf"],
        "ports": [{"containerPort": 80, "hostPort": 18081}],
        "resources": {"limits": {"memory": "64Mi"}},
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "busy", "namespace": "default"},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 0},
    }
    cluster("apply", "-f", "-", stdin=json.dumps(pod))
    cluster("wait", "pod/busy", "--for=condition=Ready", "--timeout=60s")


def test_reset_empties_the_cluster_within_half_a_minute(cluster, devcluster):
    cluster("create", "namespace", "to-be-forgotten")
    start_pod(cluster)
    begun = time.monotonic()
    devcluster("reset")
    assert time.monotonic() - begun < 30
    names = cluster("get", "namespaces", "--output", "jsonpath={.items[*].metadata.name}").split()
    assert sorted(names) == ["default", "kube-node-lease", "kube-public", "kube-system"]
    assert cluster("get", "pods", "--output", "name") == ""
    assert "hostPort" not in get_output("iptables-save")


@pytest.mark.parametrize("victim", ["etcd", "api", "kubelet-node1", "containerd-node1", "registry"])
def test_up_starts_what_has_died(cluster, devcluster, victim):
    for run in list_running():
        if run.name == victim and not run.is_helper:
            os.kill(run.pid, signal.SIGKILL)
    assert devcluster("status", check=False).returncode == 7
    devcluster("up")
    devcluster("status")


def test_pods_outlive_a_restart_of_the_runtime(cluster, devcluster):
    start_pod(cluster)
    for run in list_running():
        if run.name == "containerd-node1" and not run.is_helper:
            os.kill(run.pid, signal.SIGKILL)
    devcluster("up")
    restarts = "jsonpath={.status.containerStatuses[0].restartCount}"
    assert cluster("get", "pod/busy", "--output", restarts) == "0"


def test_a_cluster_is_repaired_after_everything_was_killed(cluster, devcluster):
    """What pods' processes are left must not get in the way."""
    for run in list_running():
        os.kill(run.pid, signal.SIGKILL)
    devcluster("up")
    cluster("wait", "pod/busy", "--for=condition=Ready", "--timeout=60s")


def test_down_leaves_nothing_behind(cluster, devcluster):
    devcluster("down")
    before = take_inventory()
    assert (before["processes"], before["groups"]) == ([], set())
    devcluster("up")
    start_pod(cluster)
    devcluster("down")
    after = take_inventory()
    devcluster("up")
    assert after == before
