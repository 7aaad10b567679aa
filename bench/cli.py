"""How long `deis` takes by itself, beside a bare interpreter in the same run: version, help, Tab, and a call of the API.

Calls go to a server on loopback in this process, which answers at once and says how long that took; what is
left is the client's own. The runs of all commands take turns, so a busy machine is busy for all of them.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

ROUNDS = int(os.environ.get("ROUNDS", "15"))
START_BUDGET = 100.0
"""Milliseconds for what asks no controller."""
CALL_BUDGET = 150.0
"""Milliseconds of a call beyond the server's answer, and of Tab with names that were asked for in the last minute."""
DEIS = str(Path(sys.executable).parent / "deis")
BARE = (sys.executable, "-c", "pass")
STARTS = {
    "deis --version": (DEIS, "--version"),
    "deis help": (DEIS, "help"),
    "deis help config": (DEIS, "help", "config"),
    "deis config:set -h": (DEIS, "config:set", "-h"),
}
TABS = {"Tab, names known": (DEIS, "completion", "bash", "--ask")}
CALLS = {
    "deis apps": (DEIS, "apps"),
    "deis apps -o json": (DEIS, "apps", "-o", "json"),
    "deis config -a shop": (DEIS, "config", "-a", "shop"),
}
ANSWERS: dict[str, Any] = {
    "/v2/apps/": {"count": 1, "results": [{"id": "shop"}]},
    "/v2/apps/shop/config/": {"values": {"A": "1"}},
}


QUESTION = "deis info --app=sh\0 \t\n\"'><=;|&(:\0"
"""What bash asks when Tab is pressed there."""


class Server:
    """Answers at once, and counts the milliseconds that it has an answer in its hands."""

    def __init__(self) -> None:
        self.busy = 0.0
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                began = time.perf_counter()
                data = json.dumps(ANSWERS[self.path.partition("?")[0]]).encode()
                self.send_response(200)
                self.send_header("DEIS_API_VERSION", "2.3")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)
                server.busy += (time.perf_counter() - began) * 1000

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def take_busy(self) -> float:
        busy, self.busy = self.busy, 0.0
        return busy


@contextmanager
def logged_in(url: str) -> Iterator[dict[str, str]]:
    """The environment of somebody who is logged in there."""
    with tempfile.TemporaryDirectory() as home:
        path = Path(home) / ".deis/client.json"
        path.parent.mkdir()
        settings = {
            "username": "bob",
            "ssl_verify": True,
            "controller": url,
            "token": "t",
            "response_limit": 0,
        }
        path.write_text(json.dumps(settings))
        yield {"HOME": home, "PATH": os.environ["PATH"]}


BUDGETS = dict.fromkeys(STARTS, START_BUDGET) | dict.fromkeys((*TABS, *CALLS), CALL_BUDGET)


class Sample(NamedTuple):
    wall: float
    cpu: float
    """Milliseconds; on a busy machine this one says more."""


def run(command: tuple[str, ...], env: dict[str, str]) -> Sample:
    """From the start of the process to its end."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    assert process.stdin is not None
    with process.stdin as keys:
        keys.write(QUESTION)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return Sample((time.perf_counter() - began) * 1000, (usage.ru_utime + usage.ru_stime) * 1000)


def measure() -> dict[str, list[Sample]]:
    server = Server()
    commands = {"python -c pass": BARE, **STARTS, **TABS, **CALLS}
    times: dict[str, list[Sample]] = {name: [] for name in commands}
    with logged_in(server.url) as env:
        for command in commands.values():
            run(command, env)  # once for the bytecode
        for _ in range(ROUNDS):
            for name, command in commands.items():
                server.take_busy()
                sample = run(command, env)
                times[name].append(sample._replace(wall=sample.wall - server.take_busy()))
    return times


def main() -> int:
    times = measure()
    bare = statistics.median(sample.cpu for sample in times["python -c pass"])
    late = []
    print(f"{'milliseconds':<24}{'median':>8}{'fastest':>9}{'CPU':>6}{'of bare':>9}{'budget':>8}")
    for name, found in times.items():
        budget = BUDGETS.get(name)
        wall = statistics.median(sample.wall for sample in found)
        cpu = statistics.median(sample.cpu for sample in found)
        fastest = min(sample.wall for sample in found)
        shown = f"{budget:.0f}" if budget else ""
        print(f"{name:<24}{wall:>8.0f}{fastest:>9.0f}{cpu:>6.0f}{cpu / bare:>8.1f}x{shown:>8}")
        if budget and wall > budget:
            late.append(name)
    if late:
        print(f"over budget: {', '.join(late)}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} CPUs")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
