"""What is not a plain request: git over TCP, websockets, the PROXY protocol."""

from __future__ import annotations

import contextlib
import http.client
import socket
import socketserver
import threading
import time
import zlib
from collections.abc import Iterator

import pytest

from .conftest import Edge, build_service


def read_until(connection: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        piece = connection.recv(4096)
        if not piece:
            break
        received += piece
    return received


def open_git(edge: Edge) -> socket.socket:
    return socket.create_connection(("127.0.0.1", edge.place.listeners.git), timeout=10)


def test_git_goes_to_the_builder(edge: Edge, builder: str):
    edge.route(builder=builder)
    with open_git(edge) as connection:
        assert read_until(connection, b"\n") == b"SSH-2.0-builder\r\n"
        connection.sendall(b"hello")
        assert read_until(connection, b"hello") == b"hello"


def test_a_push_survives_a_reload_and_the_port_closes_without_a_builder(edge: Edge, builder: str):
    edge.route(builder=builder)
    with open_git(edge) as connection:
        read_until(connection, b"\n")
        edge.route(build_service("shop", "10.0.0.1"))
        connection.sendall(b"still there")
        assert read_until(connection, b"there") == b"still there"
        with socket.socket() as refused:
            assert refused.connect_ex(("127.0.0.1", edge.place.listeners.git)) != 0


UPGRADE = b"GET /ws HTTP/1.1\r\nHost: %b.x.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


class Switch(socketserver.StreamRequestHandler):
    """Switches protocols, then echoes."""

    def handle(self) -> None:
        head = b""
        while (line := self.rfile.readline()) not in (b"\r\n", b""):
            head += line
        assert b"upgrade: websocket" in head.lower()
        assert b"connection: upgrade" in head.lower()
        self.request.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
        )
        while data := self.request.recv(1024):
            self.request.sendall(data)


class PingingSwitch(Switch):
    """Says something three times a second, as the controller pings the clients of its terminals."""

    def handle(self) -> None:
        self.request.settimeout(0.3)
        with contextlib.suppress(ConnectionError):
            self.handle_pinging()

    def handle_pinging(self) -> None:
        with contextlib.suppress(TimeoutError):
            super().handle()
        while True:
            self.request.sendall(b".")
            with contextlib.suppress(TimeoutError):
                if not self.request.recv(1024):
                    return


@contextlib.contextmanager
def serve(edge: Edge, handler: type[socketserver.StreamRequestHandler]) -> Iterator[None]:
    """An app at 10.0.0.1."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        edge.upstreams["10.0.0.1:80"] = f"127.0.0.1:{server.server_address[1]}"
        yield
        server.shutdown()


@contextlib.contextmanager
def open_websocket(edge: Edge, host: str) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", edge.place.listeners.http), timeout=10) as connection:
        connection.sendall(UPGRADE % host.encode())
        assert read_until(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 101")
        yield connection


def test_websockets_pass_and_survive_a_reload(edge: Edge):
    with serve(edge, Switch):
        edge.route(build_service("chat", "10.0.0.1"))
        with open_websocket(edge, "chat") as connection:
            edge.route(build_service("chat", "10.0.0.1", domains="chat,talk"))
            connection.sendall(b"ping")
            assert read_until(connection, b"ping") == b"ping"


def test_an_idle_terminal_lives_by_its_pings_longer_than_the_timeout_of_the_api(edge: Edge):
    with serve(edge, PingingSwitch):
        edge.route(build_service("deis", "10.0.0.1", connectTimeout="10", tcpTimeout="1"))
        with open_websocket(edge, "deis") as connection:
            started = time.monotonic()
            assert read_until(connection, b"." * 8) == b"." * 8
            assert time.monotonic() - started > 2


def test_a_websocket_on_which_nothing_happens_is_cut(edge: Edge):
    with serve(edge, Switch):
        edge.route(build_service("deis", "10.0.0.1", connectTimeout="10", tcpTimeout="1"))
        with open_websocket(edge, "deis") as connection:
            assert connection.recv(10) == b""


def test_the_proxy_protocol_tells_the_clients_address(edge: Edge, upstream, builder: str):
    upstream("10.0.0.1", "shop")
    annotations = {"useProxyProtocol": "true", "proxyRealIpCidrs": "127.0.0.0/8"}
    edge.route(build_service("shop", "10.0.0.1"), annotations=annotations, builder=builder)
    header = b"PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\n"
    request = b"GET / HTTP/1.1\r\nHost: shop.x.com\r\nX-Forwarded-For: 6.6.6.6\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", edge.place.listeners.http), timeout=10) as connection:
        connection.sendall(header + request)
        assert b'"x-forwarded-for": "203.0.113.9"' in read_until(connection, b"}}")
    with open_git(edge) as connection:
        connection.sendall(header)
        assert read_until(connection, b"\n") == b"SSH-2.0-builder\r\n"
    assert edge.get_health().status == 200


class Lines(socketserver.StreamRequestHandler):
    """Answers as the controller does to who follows a log: a line, and the next one when it is time."""

    next_line = threading.Event()

    def handle(self) -> None:
        while self.rfile.readline() != b"\r\n":
            pass
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Accel-Buffering: no\r\n"
        self.wfile.write(head + b"Transfer-Encoding: chunked\r\n\r\n")
        for line in (b"first\n", b"second\n"):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(line), line))
            assert self.next_line.wait(10)
        self.wfile.write(b"0\r\n\r\n")


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_followed_log_passes_line_by_line(edge: Edge, encoding: str):
    Lines.next_line.clear()
    with serve(edge, Lines):
        edge.route(build_service("deis", "10.0.0.1"))
        connection = http.client.HTTPConnection("127.0.0.1", edge.place.listeners.http, timeout=5)
        with contextlib.closing(connection):
            connection.request("GET", "/logs", headers={"Host": "deis.x.com", "Accept-Encoding": encoding})
            answer = connection.getresponse()
            assert answer.headers["Content-Encoding"] == (None if encoding == "identity" else encoding)
            unpacker = zlib.decompressobj(wbits=31)
            text = b""
            while not text:
                data = answer.read1()
                text = unpacker.decompress(data) if encoding == "gzip" else data
            assert text == b"first\n"
            Lines.next_line.set()
            rest = answer.read()
            assert (unpacker.decompress(rest) if encoding == "gzip" else rest) == b"second\n"
