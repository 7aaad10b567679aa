"""Requests per second of ``GET /v2/apps`` with 1,000 apps, beside a bare list of Django REST framework.

Budget of the design: 0.7 of the bare list's, for a page as it is by default (100 apps) and for all of them in one.

Both have the same rows in the same PostgreSQL, the same number of gunicorn workers and threads of the same classes, a
token in each request, and are asked in turns by the same client, so that whatever else the machine does hinders both.
"""

from __future__ import annotations

import json
import socket
import statistics
import sys
import threading
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from places import Controller, Postgres, serving_controller, serving_postgres

BUDGET = 0.7
APPS = 1000
CONNECTIONS = 4
ROUNDS = 5
SECONDS = 2.0
DATABASE = "lists"
OWNER = "bench"
TOKEN = "token-of-the-bench"
"""For the bare list."""
ROWS = """
    INSERT INTO deis_app (id, uuid, owner_id, structure, procfile_structure, created, updated)
    SELECT 'app-' || i, gen_random_uuid(), %s, '{"web": 1}', '{"web": "gunicorn app"}', now(), now()
    FROM generate_series(1, %s) AS i
"""
LAST_CHUNK = b"\r\n0\r\n\r\n"
PAGES = {"a page of 100": "/v2/apps", "all 1,000": "/v2/apps?limit=1000"}


@dataclass(frozen=True)
class Server:
    port: int
    token: str

    def build_request(self, path: str) -> bytes:
        return f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Token {self.token}\r\n\r\n".encode()

    def fetch(self, path: str) -> Any:
        headers = {"Authorization": f"Token {self.token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


class Connection:
    """One that is kept; answers are read to their end and thrown away, so that the client costs next to nothing."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=30)

    def ask(self, request: bytes) -> None:
        """Both servers answer in chunks."""
        self._socket.sendall(request)
        received = self._socket.recv(1 << 20)
        assert received.startswith(b"HTTP/1.1 200 "), received[:500]
        while not received.endswith(LAST_CHUNK):
            more = self._socket.recv(1 << 20)
            assert more, "the server hung up"
            received = received[-len(LAST_CHUNK) :] + more

    def close(self) -> None:
        self._socket.close()


def count_requests(server: Server, path: str) -> float:
    """Requests per second of some clients at once."""
    until = time.monotonic() + SECONDS
    counts = [0] * CONNECTIONS

    def ask(index: int) -> None:
        connection = Connection(server.port)
        while time.monotonic() < until:
            connection.ask(server.build_request(path))
            counts[index] += 1
        connection.close()

    threads = [threading.Thread(target=ask, args=(index,)) for index in range(CONNECTIONS)]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (time.monotonic() - began)


def check_same(ours: Server, bare: Server, path: str) -> None:
    """Both answer the same apps."""
    first, second = (server.fetch(path) for server in (ours, bare))
    assert first["count"] == second["count"] == APPS
    assert [app["uuid"] for app in first["results"]] == [app["uuid"] for app in second["results"]]


def compare(ours: Server, bare: Server, path: str) -> tuple[float, float]:
    """The medians of both, in rounds by turns after one that does not count."""
    check_same(ours, bare, path)
    rounds = [(count_requests(ours, path), count_requests(bare, path)) for _ in range(ROUNDS + 1)][1:]
    return statistics.median(a for a, _ in rounds), statistics.median(b for _, b in rounds)


def write_rows(postgres: Postgres) -> None:
    with postgres.connect(DATABASE) as connection:
        connection.execute(ROWS, [OWNER, APPS])
        connection.execute("ANALYZE")


def measure(postgres: Postgres, controller: Controller) -> dict[str, tuple[float, float]]:
    ours = Server(controller.port, controller.register(OWNER).token)
    write_rows(postgres)
    program = (str(Path(__file__).with_name("barelist.py")), OWNER, TOKEN)
    with serving_controller(postgres, DATABASE, program=program) as reference:
        bare = Server(reference.port, TOKEN)
        return {name: compare(ours, bare, path) for name, path in PAGES.items()}


def main() -> int:
    with serving_postgres(DATABASE) as postgres, serving_controller(postgres, DATABASE) as controller:
        found = measure(postgres, controller)
    print(f"{'GET /v2/apps':<16}{'controller':>14}{'bare list':>14}{'ratio':>8}   budget {BUDGET}")
    for name, (ours, bare) in found.items():
        print(f"{name:<16}{ours:>12.1f}/s{bare:>12.1f}/s{ours / bare:>8.2f}")
    return 0 if all(ours / bare >= BUDGET for ours, bare in found.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
