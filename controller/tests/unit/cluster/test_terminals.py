"""Pods of interactive runs: what is theirs alone, the gate, and how their end is read."""

import os
import pty
import subprocess

import pytest

from controller.cluster.commands import build_run_command
from controller.cluster.desired import Process
from controller.cluster.manifests.pods import build_run_pod
from controller.cluster.manifests.terminals import Terminal, build_go, build_terminal_pod, gate_command
from controller.cluster.terminals import find_end, is_running

RUN = Process(type="run", replicas=1, memory="64M")


def build_both(desired, options, *, tty=True, term="xterm-256color"):
    terminal = Terminal(tty=tty, term=term, seconds=3600)
    ordinary = build_run_pod(desired, RUN, name="shop-run-x7k2p", seconds=3600, options=options)
    interactive = build_terminal_pod(desired, RUN, name="shop-run-x7k2p", terminal=terminal, options=options)
    return ordinary, interactive


def test_it_is_an_ordinary_run_pod_with_a_terminal(make_desired, options):
    desired = make_desired(tags={"rack": "one"}, grace_period=60)
    ordinary, pod = build_both(desired, options)
    assert pod["metadata"]["labels"].pop("deis.io/interactive") == "true"
    assert pod["spec"].pop("shareProcessNamespace") is True
    assert pod["spec"].pop("terminationGracePeriodSeconds") == 5
    del ordinary["spec"]["terminationGracePeriodSeconds"]
    container = pod["spec"]["containers"][0]
    assert (container.pop("stdin"), container.pop("tty")) == (True, True)
    assert container["env"].pop() == {"name": "TERM", "value": "xterm-256color"}
    assert pod == ordinary
    assert pod["spec"]["activeDeadlineSeconds"] == 3600
    assert pod["spec"]["nodeSelector"] == {"rack": "one"}


def test_without_a_terminal_input_has_an_end(make_desired, options):
    _, pod = build_both(make_desired(), options, tty=False)
    container = pod["spec"]["containers"][0]
    assert (container["stdin"], container["stdinOnce"], "tty" in container) == (True, True, False)
    assert "TERM" not in [entry["name"] for entry in container["env"]]


def test_an_app_that_names_a_kind_of_terminal_keeps_it(make_desired, options):
    _, pod = build_both(make_desired(env={"TERM": "vt100"}), options)
    named = [entry for entry in pod["spec"]["containers"][0]["env"] if entry["name"] == "TERM"]
    assert [entry["valueFrom"]["secretKeyRef"]["key"] for entry in named] == ["TERM"]


def test_the_gate_waits_sets_the_window_and_gives_way():
    command, args = gate_command(
        build_run_command("image", 'read -r line; echo "$line $(stty size)"; exit 7')
    )
    leader, follower = pty.openpty()
    with subprocess.Popen([*command, *args], stdin=follower, stdout=subprocess.PIPE) as program:
        os.write(leader, build_go(columns=132, rows=43))
        os.write(leader, "grüße\n".encode())
        said, _ = program.communicate(timeout=20)
    os.close(leader)
    os.close(follower)
    assert (said.decode(), program.returncode) == ("grüße 43 132\n", 7)


def test_the_gate_takes_nothing_of_what_is_piped_in():
    command, args = gate_command(build_run_command("image", "cat"))
    given = build_go(columns=80, rows=24) + b"a\\b\n\x00c"
    done = subprocess.run([*command, *args], input=given, capture_output=True, timeout=20)
    assert (done.stdout, done.stderr, done.returncode) == (b"a\\b\n\x00c", b"", 0)


def build_pod(phase="Running", *, deleted=False, **status):
    metadata = {"name": "shop-run-x7k2p", "labels": {"app": "shop", "type": "run"}}
    if deleted:
        metadata["deletionTimestamp"] = "2026-11-25T14:00:00Z"
    return {"metadata": metadata, "status": {"phase": phase, **status}}


def build_container(**state):
    return {"containerStatuses": [{"name": "shop-run", "state": state}]}


@pytest.mark.parametrize(
    ("pod", "code", "reason"),
    [
        (None, 137, "deleted"),
        (build_pod(**build_container(terminated={"exitCode": 3})), 3, "exited"),
        (build_pod("Succeeded", **build_container(terminated={"exitCode": 0})), 0, "exited"),
        (build_pod(deleted=True, **build_container(terminated={"exitCode": 143})), 143, "deleted"),
        (build_pod("Failed", reason="DeadlineExceeded", **build_container(running={})), 124, "deadline"),
        (build_pod("Failed", reason="Evicted", message="The node was low on memory"), 125, "failed"),
    ],
)
def test_how_it_ended(pod, code, reason):
    end = find_end(pod)
    assert end is not None
    assert (end.code, end.reason) == (code, reason)


def test_it_has_not_ended():
    pod = build_pod(**build_container(running={"startedAt": "2026-11-25T14:00:00Z"}))
    assert find_end(pod) is None
    assert is_running(pod)
    assert find_end(build_pod("Pending")) is None
    assert not is_running(build_pod("Pending"))
    assert not is_running(None)
