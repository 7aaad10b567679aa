"""Following an app's log: the real logger behind the real controller."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgpack
import pytest

from kit.waiting import wait_for
from loopback import find_port

from .conftest import ROOT, Client, Controller, Postgres, build_controller_env

WEB_THREADS = 4
FOLLOWERS = 200
RECEIVE_BUFFER = 64 * 1024
NOW = "2026-01-02T03:04:05Z"


class LoggerProcess:
    """``python -m logger``, which may be killed and started again at the same ports."""

    def __init__(self, directory: Path) -> None:
        self.http, self.forward = find_port(), find_port()
        self.directory = directory
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *, directory: Path | None = None) -> None:
        env = os.environ | {
            "HTTP_PORT": str(self.http),
            "FORWARD_PORT": str(self.forward),
            "DATA_DIRECTORY": str(directory or self.directory),
            "NUMBER_OF_LINES": "50",
            "PYTHONPATH": os.pathsep.join([str(ROOT / "logger"), str(ROOT / "kit")]),
        }
        self.process = subprocess.Popen((sys.executable, "-m", "logger"), env=env)
        wait_for(lambda: self._answers() or None, what="the logger", timeout=20)

    def _answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.http}/healthz", timeout=1).close()
        except OSError:
            return False
        return True

    def end(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(20)

    def send(self, app: str, *texts: str, process: str = "web", start: int | None = None) -> None:
        """Lines, as the shipper sends them; returns once they are acknowledged."""
        begin = time.monotonic_ns() if start is None else start
        entries = [[0, build_record(app, text, begin + n, process)] for n, text in enumerate(texts)]
        with socket.create_connection(("127.0.0.1", self.forward), timeout=10) as connection:
            connection.sendall(msgpack.packb(["deis", entries, {"chunk": "abc"}]))
            assert msgpack.unpackb(connection.recv(4096)) == {"ack": "abc"}


def build_record(app: str, text: str, offset: int, process: str) -> dict[str, Any]:
    return {
        "log": text,
        "time": NOW,
        "kubernetes": {
            "container_name": f"{app}-{process}",
            "pod_name": f"{app}-{process}-1-abcde",
            "labels": {"app": app, "type": process, "version": "v2"},
        },
        "source": {"file": f"node/{app}/{process}", "offset": offset, "length": 1},
    }


class Follower:
    """An answer that goes on. The kernel keeps little of what is not read, so that it soon waits in the logger."""

    def __init__(self, client: Client, app: str, query: str = "", *, timeout: float = 20) -> None:
        address = urlsplit(client.url)
        self._connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout)
        self._connection.connect()
        self._connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        headers = {"Authorization": f"token {client.token}"}
        self._connection.request("GET", f"/v2/apps/{app}/logs?follow=1&{query}", headers=headers)
        self.answer = self._connection.getresponse()
        assert self.answer.status == 200, self.answer.read()

    def read(self) -> str:
        """A line without the time and the name before it."""
        line: str = self.answer.readline().decode()
        return line.partition(": ")[2].removesuffix("\n")

    def read_many(self, count: int) -> list[str]:
        return [self.read() for _ in range(count)]

    def close(self) -> None:
        self.answer.close()
        self._connection.close()


@pytest.fixture(scope="module")
def logger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggerProcess]:
    running = LoggerProcess(tmp_path_factory.mktemp("logger"))
    running.start()
    yield running
    running.end(signal.SIGTERM)


@pytest.fixture(scope="module")
def env(postgres: Postgres, logger: LoggerProcess) -> dict[str, str]:
    postgres.create_database("follow")
    return build_controller_env(postgres, "follow") | {
        "DEIS_LOGGER_SERVICE_HOST": "127.0.0.1",
        "DEIS_LOGGER_SERVICE_PORT_HTTP": str(logger.http),
        "WEB_THREADS": str(WEB_THREADS),
    }


@pytest.fixture(scope="module")
def own(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Controller]:
    server = Controller(env, log=tmp_path_factory.mktemp("follow") / "log").start()
    yield server
    server.stop()
    print(server.log.read_text()[-20000:])


@pytest.fixture(scope="module")
def client(own: Controller) -> Client:
    return own.register("follower")


@pytest.fixture
def app(client: Client, postgres: Postgres) -> str:
    """A row is all that the log of an app needs; no cluster."""
    name = f"fl-{uuid.uuid4().hex[:8]}"
    with postgres.connect("follow") as connection:
        connection.execute(
            "INSERT INTO deis_app (id, uuid, owner_id, structure, created, updated)"
            " VALUES (%s, %s, %s, '{}', now(), now())",
            [name, str(uuid.uuid4()), client.username],
        )
    return name


def test_lines_come_as_they_are_written(app, client, logger):
    logger.send(app, "one", "two")
    follower = Follower(client, app, "log_lines=1")
    headers = follower.answer.headers
    assert (headers["Content-Type"], headers["X-Accel-Buffering"]) == ("text/plain", "no")
    assert headers["DEIS_API_VERSION"] == "2.3"
    assert follower.read() == "two"
    logger.send(app, "línea")
    assert follower.answer.readline().decode() == f"2026-01-02T03:04:05+00:00 {app}[web.v2.abcde]: línea\n"
    follower.close()


def test_a_line_takes_less_than_half_a_second(app, client, logger):
    follower = Follower(client, app)
    took = []
    for number in range(100):
        began = time.monotonic()
        logger.send(app, str(number))
        assert follower.read() == str(number)
        took.append(time.monotonic() - began)
    follower.close()
    print(f"p50 {sorted(took)[50] * 1000:.1f} ms, p95 {sorted(took)[95] * 1000:.1f} ms")
    assert sorted(took)[95] < 0.5


def test_process_and_since_select_with_and_without_follow(app, client, logger):
    logger.send(app, "w")
    logger.send(app, "k", process="worker")
    path = f"/v2/apps/{app}/logs"
    assert client.get(f"{path}?process=worker").body.decode().endswith("[worker.v2.abcde]: k\n")
    assert client.get(f"{path}?process=worker,web").body.count(b"\n") == 2
    assert client.get(f"{path}?process=nope").status == 204
    assert client.get(f"{path}?since=2026-01-02T03:04:05Z").body.count(b"\n") == 2
    assert client.get(f"{path}?since=2026-01-02T03:04:06Z").status == 204
    assert client.get(f"{path}?since=1d").status == 204
    follower = Follower(client, app, "process=worker&since=2026-01-02T03:04:06Z")
    logger.send(app, "w2")
    logger.send(app, "k2", process="worker")
    assert follower.read() == "k2"
    follower.close()
    for query in ("since=yesterday", "process=a%20b", "follow=1&since=-1", "heartbeat=x"):
        answer = client.get(f"{path}?{query}")
        assert answer.status == 400
        assert list(answer.json) == ["detail"]


def test_who_may_not_read_a_log_may_not_follow_it(app, own):
    other = own.register(f"o{uuid.uuid4().hex[:8]}")
    path = f"/v2/apps/{app}/logs?follow=1"
    assert own.client().get(path).status == 401
    assert other.get(path).status == 403
    assert other.get("/v2/apps/no-such-app/logs?follow=1").json == "No App matches the given query."


def test_a_killed_logger_costs_no_line(app, client, logger):
    follower = Follower(client, app)
    logger.send(app, "before")
    assert follower.read() == "before"
    logger.end(signal.SIGKILL)
    logger.start()
    logger.send(app, "after")
    assert follower.read() == "after"
    follower.close()


def test_a_logger_that_is_replaced_costs_no_line(app, client, logger, tmp_path):
    """A pod that is replaced has an empty directory; its shippers send again what was not acknowledged."""
    follower = Follower(client, app)
    logger.send(app, "before", start=1)
    assert follower.read() == "before"
    logger.end(signal.SIGTERM)
    logger.start(directory=tmp_path)
    logger.send(app, "before", "after", start=1)
    assert follower.read() == "after"
    follower.close()
    logger.end(signal.SIGKILL)
    logger.start()


def test_a_logger_that_vanished_is_said_to_have_taken_lines_along(app, client, logger, tmp_path):
    follower = Follower(client, app)
    logger.send(app, "before")
    assert follower.read() == "before"
    logger.end(signal.SIGKILL)
    logger.start(directory=tmp_path)
    assert follower.read().startswith("another logger took over")
    logger.send(app, "after")
    assert follower.read() == "after"
    follower.close()
    logger.end(signal.SIGKILL)
    logger.start()


def test_lines_that_are_lost_are_counted(app, client, logger):
    """A client that does not read, while more comes than the logger keeps."""
    follower = Follower(client, app)
    logger.send(app, "first")
    assert follower.read() == "first"
    count, text = 60_000, "x" * 500
    for begin in range(0, count, 2000):
        logger.send(app, *(f"{n} {text}" for n in range(begin, begin + 2000)))
    logger.send(app, "last")
    read, lost = 0, 0
    while (line := follower.read()) != "last":
        if line.endswith(" lines were lost here"):
            lost += int(line.split()[0])
        else:
            assert int(line.split()[0]) == read + lost
            read += 1
    assert lost > 0
    assert read + lost == count
    follower.close()


def test_many_followers_leave_room_for_others(app, client, logger):
    with ThreadPoolExecutor(20) as pool:
        followers = list(pool.map(lambda _: Follower(client, app), range(FOLLOWERS)))
    began = time.monotonic()
    for _ in range(20):
        assert client.get("/v2/apps", timeout=5).status == 200
    assert time.monotonic() - began < 5
    logger.send(app, "all")
    assert [follower.read() for follower in followers] == ["all"] * FOLLOWERS
    for follower in followers:
        follower.close()


def test_a_heartbeat_is_an_empty_line(app, client, logger):
    follower = Follower(client, app, "heartbeat=1")
    assert follower.answer.readline() == b"\n"
    logger.send(app, "x")
    assert follower.read() == "x"
    follower.close()


def test_a_logger_that_is_away_from_the_start(app, client, logger):
    logger.end(signal.SIGTERM)
    answer = client.get(f"/v2/apps/{app}/logs?follow=1")
    logger.start()
    assert (answer.status, answer.headers["Content-Type"]) == (503, "text/plain")
    assert answer.body.decode() == f"Error accessing logs for {app}: the logger does not answer"


def test_an_app_that_is_destroyed_ends_it(app, client, logger):
    follower = Follower(client, app)
    request = urllib.request.Request(f"http://127.0.0.1:{logger.http}/logs/{app}", method="DELETE")
    urllib.request.urlopen(request).close()
    assert follower.read() == "the app is gone"
    assert follower.answer.read() == b""
    follower.close()


def test_a_controller_that_ends_says_so(env, app, client, tmp_path):
    server = Controller(env, log=tmp_path / "log").start()
    follower = Follower(server.client(token=client.token), app)
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.extend([follower.read(), follower.answer.read().decode()]))
    reader.start()
    began = time.monotonic()
    server.stop()
    reader.join(10)
    assert time.monotonic() - began < 10
    assert lines == ["this controller is about to end; follow again", ""]
    follower.close()
