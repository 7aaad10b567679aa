"""The real process on loopback: records by the forward protocol, lines by HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgpack
import pytest

from kit.waiting import wait_for
from loopback import find_port

ROOT = Path(__file__).resolve().parents[3]


class LoggerProcess:
    """``python -m logger`` that may be killed and started again at the same ports."""

    def __init__(self, directory: Path) -> None:
        self.http, self.forward = find_port(), find_port()
        self._env = os.environ | {
            "HTTP_PORT": str(self.http),
            "FORWARD_PORT": str(self.forward),
            "NUMBER_OF_LINES": "10",
            "DATA_DIRECTORY": str(directory),
            "PYTHONPATH": os.pathsep.join([str(ROOT / "logger"), str(ROOT / "kit")]),
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen((sys.executable, "-m", "logger"), env=self._env)
        ports = (self.http, self.forward)
        wait_for(lambda: all(map(can_connect, ports)) or None, what="the logger", timeout=20)

    def end(self, number: signal.Signals) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(timeout=20)

    def send(self, *texts: str, start: int = 0, process: str = "web") -> None:
        """Lines, as the shipper sends them; returns once they are acknowledged."""
        entries = [[0, build_record(text, start + n, process)] for n, text in enumerate(texts)]
        assert send(self.forward, ["deis", entries, {"chunk": "abc"}]) == {"ack": "abc"}

    def follow(self, query: str = "", *, app: str = "foo") -> Follower:
        return Follower(f"http://127.0.0.1:{self.http}/logs/{app}?follow=1&{query}")


class Follower:
    """The objects of an answer that goes on."""

    def __init__(self, url: str) -> None:
        self._answer = urllib.request.urlopen(url, timeout=20)
        assert self._answer.headers["Content-Type"] == "application/x-ndjson"
        self.start = self.read()

    def read(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._answer.readline())
        return found

    def read_texts(self, count: int) -> list[str]:
        return [self.read()["text"].rpartition(": ")[2] for _ in range(count)]

    def close(self) -> None:
        self._answer.close()


@pytest.fixture
def logger(tmp_path: Path) -> Iterator[LoggerProcess]:
    running = LoggerProcess(tmp_path)
    running.start()
    yield running
    assert running.end(signal.SIGTERM) in (0, -signal.SIGTERM)


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


def build_record(text: str, offset: int, process: str = "web") -> dict[str, Any]:
    return {
        "log": text,
        "time": "2026-01-02T03:04:05Z",
        "kubernetes": {
            "container_name": f"foo-{process}",
            "pod_name": f"foo-{process}-1-abcde",
            "labels": {"app": "foo", "type": process, "version": "v2"},
        },
        "source": {"file": f"node/{process}", "offset": offset, "length": 6},
    }


def test_what_was_acknowledged_is_read(logger: LoggerProcess) -> None:
    for _ in range(2):
        logger.send("hello")
    with urllib.request.urlopen(f"http://127.0.0.1:{logger.http}/logs/foo") as answer:
        assert answer.read().decode() == "2026-01-02T03:04:05+00:00 foo[web.v2.abcde]: hello\n"


def test_a_follower_gets_what_is_there_and_what_comes(logger: LoggerProcess) -> None:
    logger.send("a", "b")
    follower = logger.follow("log_lines=1")
    before = follower.read()
    assert (before["before"], before["text"].rpartition(": ")[2]) == (True, "b")
    logger.send("c", start=2)
    line = follower.read()
    assert (line["text"].rpartition(": ")[2], line["file"], line["offset"]) == ("c", "node/web", 2)
    follower.close()


def test_only_the_named_processes_are_followed(logger: LoggerProcess) -> None:
    logger.send("w1", process="worker")
    follower = logger.follow("process=worker")
    assert follower.read_texts(1) == ["w1"]
    logger.send("a", "b")
    logger.send("w2", start=1, process="worker")
    assert follower.read_texts(1) == ["w2"]
    follower.close()


def test_a_follower_goes_on_after_a_kill_and_learns_what_is_gone(logger: LoggerProcess) -> None:
    follower = logger.follow("log_lines=0")
    start = follower.start
    logger.send("a", "b")
    assert follower.read_texts(2) == ["a", "b"]
    follower.close()
    logger.send(*map(str, range(25)), start=2)
    logger.end(signal.SIGKILL)
    logger.start()
    again = logger.follow(f"store={start['store']}&position={start['position'] + 2}")
    assert again.start == {"store": start["store"], "position": 2}
    assert again.read() == {"lost": 15}
    assert again.read_texts(10) == [str(number) for number in range(15, 25)]
    again.close()


def test_a_logger_that_is_told_to_end_sends_what_is_left(logger: LoggerProcess) -> None:
    follower = logger.follow("log_lines=0")
    logger.send("a", "b")
    assert logger.end(signal.SIGTERM) in (0, -signal.SIGTERM)
    assert follower.read_texts(2) == ["a", "b"]
    assert follower.read() == {"end": "stopping"}
    follower.close()
    logger.start()


def test_an_app_that_is_forgotten_ends_for_its_followers(logger: LoggerProcess) -> None:
    follower = logger.follow("log_lines=0")
    request = urllib.request.Request(f"http://127.0.0.1:{logger.http}/logs/foo", method="DELETE")
    urllib.request.urlopen(request).close()
    assert follower.read() == {"end": "purged"}
    follower.close()


def test_a_burst_reaches_a_follower_whole(logger: LoggerProcess) -> None:
    follower = logger.follow("log_lines=0")
    lines = [str(number) for number in range(5000)]
    logger.send(*lines)
    assert follower.read_texts(5000) == lines
    follower.close()
