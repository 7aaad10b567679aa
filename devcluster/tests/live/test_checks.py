"""Troubles of the machine are sentences."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from devcluster.checks import check_ports
from devcluster.errors import PortTaken
from devcluster.settings import Ports, Settings

ROOT = Path(__file__).resolve().parents[2]


def test_a_taken_port_is_named_together_with_its_holder():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        name = Path("/proc/self/comm").read_text().strip()
        with pytest.raises(PortTaken, match=rf"^Port {port} is taken by {name} \(process {os.getpid()}\)\.$"):
            check_ports(Settings(published_ports=(port,)))


def test_a_socket_that_a_dying_process_still_holds_is_waited_for():
    """Such a socket listens and is in no process's descriptors, like one in flight between two."""
    sender, receiver = socket.socketpair()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        socket.send_fds(sender, [b"one"], [server.fileno()])
    sender.close()
    closing = threading.Timer(0.5, receiver.close)
    closing.start()
    try:
        check_ports(Settings(published_ports=(port,)))
    finally:
        closing.join()


def test_a_listener_on_another_address_is_not_in_the_way():
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as server:
        port = server.getsockname()[1]
        check_ports(Settings(published_ports=(), ports=Ports(api=port)))


@pytest.mark.parametrize("command", ["up", "down", "reset"])
def test_a_node_of_another_cluster_is_left_alone(tmp_path, command):
    program = shutil.copy(shutil.which("sleep") or "", tmp_path / "kubelet")
    with subprocess.Popen([program, "60"]) as kubelet:
        argv = [sys.executable, "-m", "devcluster", command]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=30)
        kubelet.kill()
    sentence = f"This machine is a node of another cluster: kubelet (process {kubelet.pid})."
    assert (done.returncode, done.stderr) == (3, f"devcluster: {sentence}\n")


def test_only_root_may():
    code = "import os, sys; from devcluster.__main__ import main; os.setuid(65534); sys.exit(main(['up']))"
    argv = [sys.executable, "-c", code]
    env = {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stderr) == (3, "devcluster: devcluster has to run as root.\n")
