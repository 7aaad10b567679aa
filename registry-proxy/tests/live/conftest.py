"""A registry's stand-in for what nginx passes on, and the proxy as its image starts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import urllib3

from kit.waiting import wait_for
from loopback import find_port

CHECKOUT = Path(__file__).resolve().parents[3]


class Registry(ThreadingHTTPServer):
    """Remembers what it is asked."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def __enter__(self) -> Registry:
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Registry

    def do_GET(self) -> None:
        self.server.requests.append((self.command, self.path, dict(self.headers)))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(b"{}")

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815 -- the names that the base looks for

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def free_port() -> int:
    return find_port()


@pytest.fixture
def start_registry() -> Iterator[Callable[[int], Registry]]:
    started: list[Registry] = []

    def start(port: int = 0) -> Registry:
        started.append(Registry(port))
        return started[-1]

    yield start
    for registry in started:
        registry.__exit__()


class Proxy:
    """The running proxy."""

    def __init__(self, process: subprocess.Popen[bytes], address: str, log: Path) -> None:
        self.process = process
        self.address = address
        self.log = log

    def ask(self, method: str, path: str, **headers: str) -> urllib3.BaseHTTPResponse:
        return urllib3.request(method, self.address + path, headers=headers, retries=False, timeout=10)

    def is_answering(self) -> bool:
        assert self.process.poll() is None, "the proxy ended"
        try:
            return self.ask("GET", "/healthz").status == 204
        except urllib3.exceptions.HTTPError:
            return False

    def wait_until_answers(self) -> None:
        wait_for(self.is_answering, what="the proxy", timeout=30)


@pytest.fixture
def start_proxy(tmp_path: Path) -> Iterator[Callable[[int], Proxy]]:
    path = os.pathsep.join([os.environ["PATH"], "/usr/sbin"])
    if shutil.which("nginx", path=path) is None:
        pytest.fail("nginx is not on the PATH; run the live tests in the test image, python3 scripts/live.py")
    started: list[Proxy] = []

    def start(registry_port: int) -> Proxy:
        for name, text in (("username", "node"), ("password", "pull-only")):
            (tmp_path / name).write_text(text)
        bind = f"127.0.0.1:{find_port()}"
        env = {
            "PATH": path,
            "PYTHONPYCACHEPREFIX": sys.pycache_prefix or "",
            "PYTHONPATH": os.pathsep.join(str(CHECKOUT / name) for name in ("registry-proxy", "kit")),
            "CREDENTIALS_DIR": str(tmp_path),
            "REGISTRY_HOST": "127.0.0.1",
            "REGISTRY_PORT": str(registry_port),
            "BIND_ADDR": bind,
            "RUN_DIR": str(tmp_path / "run"),
        }
        log = tmp_path / "log"
        with log.open("wb") as output:
            argv = [sys.executable, "-m", "registry_proxy"]
            process = subprocess.Popen(argv, env=env, stdout=output, stderr=output)
        started.append(Proxy(process, f"http://{bind}", log))
        return started[-1]

    yield start
    for proxy in started:
        proxy.process.terminate()
        proxy.process.wait(10)
        print(proxy.log.read_text())
