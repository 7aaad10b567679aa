"""A real nginx on loopback, with apps that are real servers."""

from __future__ import annotations

import contextlib
import http.client
import http.server
import json
import os
import re
import shutil
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from kit.waiting import wait_for
from loopback import find_port
from router.certificates import CertificateStore
from router.configuration import render_config
from router.discovery import Inputs, build_model
from router.failures import FailureDesk
from router.model import RouterModel
from router.nginx import Nginx
from router.place import STREAM_MODULE, Listeners, Place

NEEDED = (1, 25, 1)


def find_nginx() -> str:
    """Return the nginx to test with: one that knows ``http2 on``."""
    program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
    reason = "nginx is not installed"
    if program:
        said = subprocess.run([program, "-v"], capture_output=True, text=True).stderr
        version = tuple(int(part) for part in re.findall(r"\d+", said)[:3])
        if version >= NEEDED and STREAM_MODULE.exists():
            return program
        reason = "nginx 1.25.1 or newer with its stream module is needed"
    pytest.fail(f"{reason}; run the live tests in the test image, python3 scripts/live.py")


class Echo(http.server.BaseHTTPRequestHandler):
    """Tells what it was asked, as JSON."""

    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        answer = {
            "app": self.server.app,
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "length": len(body),
        }
        self.server.requests += 1
        content = json.dumps(answer).encode()
        status = int(self.headers.get("X-Status") or 200)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("DEIS_API_VERSION", "2.3")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_POST = do_PUT = do_DELETE = do_HEAD = do_GET  # noqa: N815 -- the names that the base looks for

    def log_message(self, *args: object) -> None:
        return


class Upstream(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, app: str, address: str = "127.0.0.1") -> None:
        self.app = app
        self.requests = 0
        super().__init__((address, 0), Echo)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class Banner(socketserver.BaseRequestHandler):
    """Speaks first, as an SSH server does, then echoes."""

    def handle(self) -> None:
        self.request.sendall(b"SSH-2.0-builder\r\n")
        while data := self.request.recv(1024):
            self.request.sendall(data)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def echo(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.body)
        return answer


class Edge:
    """nginx as the router runs it. Service addresses of the model stand for upstreams, or for nobody."""

    def __init__(self, program: str, root: Path) -> None:
        listeners = Listeners(
            host="127.0.0.1", http=find_port(), https=find_port(), git=find_port(), health=find_port()
        )
        user = "root" if os.geteuid() == 0 else ""
        self.place = Place(root=root, listeners=listeners, access_log=str(root / "access.log"), user=user)
        self.nginx = Nginx(self.place, program=program)
        self.store = CertificateStore(self.place)
        self.upstreams: dict[str, str] = {}
        self.nobody = f"127.0.0.1:{find_port()}"
        self.endpoints: dict[tuple[str, str], list[str]] = {}
        self.model = RouterModel()
        self.desk = FailureDesk(
            self.place.failure_socket, find_service=self.find_service, list_endpoints=self.list_endpoints
        )

    def start(self) -> None:
        self.store.prepare()
        self.desk.start()

    def stop(self) -> None:
        self.nginx.quit(1.0)
        self.desk.stop()

    def find_service(self, route: str) -> tuple[str, str] | None:
        return next(((app.namespace, app.service) for app in self.model.apps if app.route == route), None)

    def list_endpoints(self, namespace: str, service: str) -> list[str]:
        return self.endpoints.get((namespace, service), [])

    def route(
        self,
        *services: dict[str, Any],
        annotations: Mapping[str, str] | None = None,
        builder: str | None = None,
        **inputs: Any,
    ) -> RouterModel:
        """Have nginx serve ``services``, with ``annotations`` on the router's Deployment."""
        deployment = {
            "metadata": {
                "annotations": {f"router.deis.io/nginx.{k}": v for k, v in (annotations or {}).items()}
            }
        }
        by_key = {(s["metadata"]["namespace"], s["metadata"]["name"]): s for s in services}
        model = build_model(Inputs(deployment=deployment, services=by_key, **inputs))
        if builder:
            service = {"metadata": {}, "spec": {"clusterIP": "10.9.9.9"}}
            model = replace(
                model, builder=build_model(Inputs(deployment=deployment, builder=service)).builder
            )
            assert model.builder
            model = replace(model, builder=replace(model.builder, address=builder))
        self.model = replace(
            model,
            apps=tuple(replace(a, address=self.upstreams.get(a.address, self.nobody)) for a in model.apps),
        )
        self.nginx.apply_config(render_config(self.model, place=self.place))
        return self.model

    def get(
        self,
        host: str,
        path: str = "/",
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        tls: str | None = None,
    ) -> Answer:
        """Ask for ``host``; over TLS with ``tls`` as the name that the client is looking for."""
        connection = self.connect(tls)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers={"Host": host, **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def connect(self, tls: str | None = None) -> http.client.HTTPConnection:
        listeners = self.place.listeners
        if tls is None:
            return http.client.HTTPConnection("127.0.0.1", listeners.http, timeout=10)
        connection = http.client.HTTPConnection("127.0.0.1", listeners.https, timeout=10)
        plain = socket.create_connection(("127.0.0.1", listeners.https), timeout=10)
        connection.sock = self.trust().wrap_socket(plain, server_hostname=tls)
        return connection

    def trust(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def get_certificate(self, name: str) -> str:
        connection = self.connect(name)
        with contextlib.closing(connection):
            assert isinstance(connection.sock, ssl.SSLSocket)
            certificate = connection.sock.getpeercert(binary_form=True)
        assert certificate is not None
        return ssl.DER_cert_to_PEM_cert(certificate)

    def get_health(self, path: str = "/healthz") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.place.listeners.health, timeout=10)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read())

    def wait_for_log(self, text: str) -> str:
        """Return the access line that holds ``text``; lines are written within a second."""
        path = Path(self.place.access_log)

        def find() -> str | None:
            return next((line for line in path.read_text().splitlines() if text in line), None)

        return wait_for(find, what=f"an access line with {text}", timeout=10)


@pytest.fixture
def edge() -> Iterator[Edge]:
    program = find_nginx()
    root = Path(tempfile.mkdtemp(prefix="edge"))  # short: the path of a unix socket has a limit
    edge = Edge(program, root)
    edge.start()
    yield edge
    edge.stop()
    shutil.rmtree(root)


@pytest.fixture
def upstream(edge: Edge) -> Iterator[Callable[[str, str], Upstream]]:
    """Call it with a Service address and an app's name to have a server there."""
    servers: list[Upstream] = []

    def start(cluster_ip: str, app: str) -> Upstream:
        server = Upstream(app)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        edge.upstreams[f"{cluster_ip}:80"] = server.address
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def builder() -> Iterator[str]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Banner) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def build_service(
    name: str, cluster_ip: str, *, namespace: str | None = None, **annotations: str
) -> dict[str, Any]:
    """Return the Service of an app; in keywords ``_`` stands for the dot of an annotation's key."""
    keys = {
        f"router.deis.io/{key.replace('_', '.')}": value
        for key, value in {"domains": name, **annotations}.items()
    }
    return {
        "metadata": {
            "name": name,
            "namespace": namespace or name,
            "labels": {"app": name, "router.deis.io/routable": "true"},
            "annotations": keys,
        },
        "spec": {"clusterIP": cluster_ip},
    }


def make_pair(name: str) -> tuple[str, str]:
    """Return a self-signed certificate for ``name`` and its key."""
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", f"/CN={name}", "-days", "2", "-keyout", "-", "-out", "-"]
    pem = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    key, certificate = re.findall(r"-----BEGIN [^-]+-----.*?-----END [^-]+-----", pem, re.DOTALL)
    return certificate, key
