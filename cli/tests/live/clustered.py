"""What a controller on the devcluster needs beside it: a router and a real logger."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgpack

from loopback import find_port

ROOT = Path(__file__).parents[3]
KUBECONFIG = Path(os.environ.get("KUBECONFIG") or "/var/lib/devcluster/kubeconfig")
IMAGE = os.environ.get("TEST_IMAGE", "198.19.255.1:5000/library/debian:trixie-slim")
SERVER = """exec perl -MIO::Socket::INET -e '$SIG{TERM}=sub{exit 0};
my $s=IO::Socket::INET->new(LocalPort=>$ENV{PORT},Listen=>128,ReuseAddr=>1) or die;
while(1){my $c=$s->accept or next; print $c "HTTP/1.0 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n"; close $c}'"""
"""Listens and ends when it is told to."""


class Router:
    """To which every app is known at once."""

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Logger:
    """``python -m logger``, and lines for it."""

    def __init__(self) -> None:
        self.http, self.forward = find_port(), find_port()

    def is_healthy(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.http}/healthz", timeout=1).close()
        except OSError:
            return False
        return True

    def build_environment(self, directory: Path) -> dict[str, str]:
        return os.environ | {
            "HTTP_PORT": str(self.http),
            "FORWARD_PORT": str(self.forward),
            "DATA_DIRECTORY": str(directory),
            "PYTHONPATH": f"{ROOT}/logger{os.pathsep}{ROOT}/kit",
        }

    def send(self, app: str, *texts: str, process: str = "web", moment: str = "2026-01-02T03:04:05Z") -> None:
        """Lines, as the shipper sends them; returns once they are acknowledged."""
        begin = time.monotonic_ns()
        entries = [[0, self._build(app, text, begin + n, process, moment)] for n, text in enumerate(texts)]
        with socket.create_connection(("127.0.0.1", self.forward), timeout=10) as connection:
            connection.sendall(msgpack.packb(["deis", entries, {"chunk": "abc"}]))
            assert msgpack.unpackb(connection.recv(4096)) == {"ack": "abc"}

    def _build(self, app: str, text: str, offset: int, process: str, moment: str) -> dict[str, Any]:
        return {
            "log": text,
            "time": moment,
            "kubernetes": {
                "container_name": f"{app}-{process}",
                "pod_name": f"{app}-{process}-1-abcde",
                "labels": {"app": app, "type": process, "version": "v2"},
            },
            "source": {"file": f"node/{app}/{process}", "offset": offset, "length": 1},
        }


class Gateway:
    """A way to the controller that can be cut, as a proxy does that restarts."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
                self._ends += [near, far]
                for source, target in ((near, far), (far, near)):
                    self._threads.append(threading.Thread(target=self._pass_on, args=(source, target)))
                    self._threads[-1].start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def cut(self) -> None:
        """Break every connection that there is."""
        for end in list(self._ends):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self.cut()
        for thread in self._threads[1:]:
            thread.join()
        for end in (self._listener, *self._ends):
            end.close()
