"""The real process on loopback: records by the forward protocol, lines by HTTP."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgpack
import pytest

from kit.waiting import wait_for

ROOT = Path(__file__).resolve().parents[3]


def find_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def ports() -> Iterator[tuple[int, int]]:
    """HTTP and forward port of a running logger."""
    http, forward = find_free_port(), find_free_port()
    env = os.environ | {
        "HTTP_PORT": str(http),
        "FORWARD_PORT": str(forward),
        "PYTHONPATH": os.pathsep.join([str(ROOT / "logger"), str(ROOT / "kit")]),
    }
    process = subprocess.Popen((sys.executable, "-m", "logger"), env=env)
    try:
        wait_for(lambda: (can_connect(http) and can_connect(forward)) or None, what="the logger", timeout=20)
        yield http, forward
    finally:
        process.terminate()
        assert process.wait(timeout=20) in (0, -signal.SIGTERM)


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def send(port: int, message: object) -> object:
    """One message; returns the acknowledgement."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(msgpack.packb(message))
        return msgpack.unpackb(connection.recv(4096))


def test_what_was_acknowledged_is_read(ports: tuple[int, int]) -> None:
    http, forward = ports
    record = {
        "log": "hello",
        "time": "2026-01-02T03:04:05Z",
        "kubernetes": {
            "container_name": "foo-web",
            "pod_name": "foo-web-1-abcde",
            "labels": {"app": "foo", "type": "web", "version": "v2"},
        },
        "source": {"file": "node/1", "offset": 0, "length": 6},
    }
    for _ in range(2):
        assert send(forward, ["deis", [[0, record]], {"chunk": "abc"}]) == {"ack": "abc"}
    with urllib.request.urlopen(f"http://127.0.0.1:{http}/logs/foo") as answer:
        assert answer.read().decode() == "2026-01-02T03:04:05+00:00 foo[web.v2.abcde]: hello\n"
