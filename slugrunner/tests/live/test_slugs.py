"""Slugs from a real server over TLS, whose certificate comes from an authority that nobody else knows."""

from __future__ import annotations

import datetime
import http.server
import io
import socket
import ssl
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from slugrunner import slugs
from slugrunner.slugs import ATTEMPTS, SlugError, fetch_slug


@dataclass(frozen=True, kw_only=True)
class Storage:
    """The address that the controller hands out, and the authority that vouches for where it leads."""

    url: str
    authority: Path
    requests: list[str]


def build_usage(*, ca: bool) -> x509.KeyUsage:
    """An authority signs certificates, a server nothing but its part of a handshake: Python is strict about it."""
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "crl_sign")
    unused = dict.fromkeys((*others, "encipher_only", "decipher_only"), False)
    return x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **unused)


def make_certificate(directory: Path) -> None:
    """Write ``ca.crt`` and the server's ``tls.pem`` into a directory."""
    now = datetime.datetime.now(datetime.UTC)

    def sign(
        name: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, *, ca: bool
    ) -> bytes:
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
            .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "own authority")]))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
            )
            .add_extension(build_usage(ca=ca), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False
            )
        )
        return builder.sign(by, hashes.SHA256()).public_bytes(Encoding.PEM)

    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    (directory / "ca.crt").write_bytes(sign("own authority", authority, authority, ca=True))
    key = server.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (directory / "tls.pem").write_bytes(key + sign("storage", server, authority, ca=False))


def build_slug() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("./Procfile")
        entry.size = len(b"web: ./run\n")
        archive.addfile(entry, io.BytesIO(b"web: ./run\n"))
    return buffer.getvalue()


def serve_broken(requests: list[str]) -> http.server.ThreadingHTTPServer:
    """A storage whose first answer breaks off within one of its pieces."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            first = not requests
            requests.append(self.path)
            body = build_slug()
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            piece = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            self.wfile.write(piece[: len(piece) // 2] if first else piece)
            self.close_connection = True

        def log_message(self, _format: str, *_args: object) -> None:
            """What was asked for is in ``requests``."""

    return start(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))


def start(server: http.server.ThreadingHTTPServer) -> http.server.ThreadingHTTPServer:
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return server


def serve(
    directory: Path, requests: list[str], *, location: str | None, tls: bool = True, is_open: bool = True
) -> http.server.ThreadingHTTPServer:
    """The storage itself, with TLS; or, given a ``location``, the controller, which only leads there.

    One that is not open yet takes a single connection and leaves all others hanging.

    Without TLS it is a proxy, too, to a storage whose addresses it is asked for whole.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(self.path)
            body = b"" if location else build_slug()
            self.send_response(302 if location else 200)
            if location:
                self.send_header("Location", location)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, _format: str, *_args: object) -> None:
            """What was asked for is in ``requests``."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if location is None and tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(directory / "tls.pem")
        server.socket = context.wrap_socket(server.socket, server_side=True)
    if not is_open:
        server.socket.listen(0)
        return server
    return start(server)


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    make_certificate(tmp_path)
    requests: list[str] = []
    store = serve(tmp_path, requests, location=None)
    controller = serve(tmp_path, requests, location=f"https://127.0.0.1:{store.server_port}/slug.tgz")
    yield Storage(
        url=f"http://127.0.0.1:{controller.server_port}/slugs/token",
        authority=tmp_path / "ca.crt",
        requests=requests,
    )
    for server in (controller, store):
        server.shutdown()
        server.server_close()


@pytest.fixture
def app(tmp_path: Path) -> Path:
    directory = tmp_path / "app"
    directory.mkdir()
    return directory


def test_storage_behind_the_operators_own_authority_is_trusted(storage, app):
    fetch_slug(storage.url, app, trusted_ca=storage.authority)
    assert (app / "Procfile").read_text() == "web: ./run\n"
    assert storage.requests == ["/slugs/token", "/slug.tgz"]


def test_an_address_that_leaves_connections_hanging_is_asked_again_once_it_answers(app, monkeypatch):
    """As a Service does between two pods; the kernel's own next attempt may be half a minute away."""
    monkeypatch.setattr(slugs, "CONNECT_TIMEOUT", 0.2)
    requests: list[str] = []
    with serve(app, requests, location=None, tls=False, is_open=False) as storage:
        address = ("127.0.0.1", storage.server_port)
        pauses: list[float] = []

        def open_up(seconds: float) -> None:
            pauses.append(seconds)
            storage.socket.listen(5)
            start(storage)

        with socket.create_connection(address):
            fetch_slug(f"http://127.0.0.1:{storage.server_port}/slug.tgz", app, pause=open_up)
        storage.shutdown()
    assert requests == ["/slug.tgz"]
    assert len(pauses) == 1
    assert (app / "Procfile").read_text() == "web: ./run\n"


def test_without_it_the_slug_is_refused_and_the_reason_told(storage, app, tmp_path):
    pauses: list[float] = []
    with pytest.raises(SlugError, match="certificate verify failed"):
        fetch_slug(storage.url, app, trusted_ca=tmp_path / "missing", pause=pauses.append)
    assert storage.requests == ["/slugs/token"] * ATTEMPTS
    assert len(pauses) == ATTEMPTS - 1
    assert list(app.iterdir()) == []


def test_storage_outside_is_reached_by_the_proxy_and_the_controller_without(tmp_path, app, monkeypatch):
    asked: list[str] = []
    passed_on: list[str] = []
    proxy = serve(tmp_path, passed_on, location=None, tls=False)
    controller = serve(tmp_path, asked, location="http://storage.invalid/slug.tgz")
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.server_port}")
    monkeypatch.setenv("NO_PROXY", ".svc.cluster.local,127.0.0.1")
    try:
        fetch_slug(f"http://127.0.0.1:{controller.server_port}/slugs/token", app, pause=lambda _: None)
    finally:
        for server in (controller, proxy):
            server.shutdown()
            server.server_close()
    assert (app / "Procfile").read_text() == "web: ./run\n"
    assert (asked, passed_on) == (["/slugs/token"], ["http://storage.invalid/slug.tgz"])


def test_certificates_that_are_none_are_said(storage, app, tmp_path):
    (tmp_path / "noise").write_text("no certificate")
    with pytest.raises(SlugError, match=r"trusted certificates, .*noise, can't be read"):
        fetch_slug(storage.url, app, trusted_ca=tmp_path / "noise")
    assert storage.requests == []


def test_an_answer_that_breaks_off_is_fetched_again(app):
    requests: list[str] = []
    pauses: list[float] = []
    server = serve_broken(requests)
    try:
        fetch_slug(f"http://127.0.0.1:{server.server_port}/slug.tgz", app, pause=pauses.append)
    finally:
        server.shutdown()
        server.server_close()
    assert (app / "Procfile").read_text() == "web: ./run\n"
    assert len(requests) == 2
    assert len(pauses) == 1
