"""Transfers against a real HTTP server on loopback."""

import http.server
import io
import ssl
import subprocess
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from slugbuilder.errors import TransferFailed
from slugbuilder.fetch import RESTORED, fetch
from slugbuilder.settings import Places
from slugbuilder.transfers import fetch_archive, put_file


class Store(http.server.BaseHTTPRequestHandler):
    """Keeps what it is given; fails as often as ``broken`` says, refuses below ``/refused``."""

    objects: ClassVar[dict[str, bytes]]
    broken: int
    listener: http.server.ThreadingHTTPServer
    url: str

    def log_message(self, *_: object) -> None:
        pass

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stumble(self) -> bool:
        kind = type(self)
        if kind.broken:
            kind.broken -= 1
            self.answer(503)
            return True
        return False

    def do_GET(self) -> None:
        if self.stumble():
            return
        found = self.objects.get(self.path)
        self.answer(200, found) if found is not None else self.answer(404)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/refused"):
            self.answer(403)
        elif not self.stumble():
            self.objects[self.path] = body
            self.answer(200)


@pytest.fixture
def store() -> Iterator[type[Store]]:
    class OneStore(Store):
        objects: ClassVar[dict[str, bytes]] = {}
        broken = 0

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), OneStore)
    OneStore.listener = server
    OneStore.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield OneStore
    server.shutdown()
    thread.join()
    server.server_close()


def make_archive(**files: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def no_pause(_: float) -> None:
    pass


def test_an_archive_is_unpacked_after_the_store_recovers(store: type[Store], tmp_path: Path) -> None:
    store.objects["/tar"] = make_archive(a="one")
    store.broken = 2
    assert fetch_archive(f"{store.url}/tar", tmp_path, pause=no_pause)
    assert (tmp_path / "a").read_text() == "one"


def test_a_store_that_stays_broken_is_a_sentence(store: type[Store], tmp_path: Path) -> None:
    store.broken = 99
    with pytest.raises(TransferFailed, match="failed 6 times"):
        fetch_archive(f"{store.url}/tar", tmp_path, pause=no_pause)


def test_a_file_is_stored_and_a_refusal_is_not_tried_again(store: type[Store], tmp_path: Path) -> None:
    file = tmp_path / "slug.tgz"
    file.write_bytes(b"slug")
    put_file(f"{store.url}/slug", file, pause=no_pause)
    assert store.objects["/slug"] == b"slug"
    with pytest.raises(TransferFailed, match="status 403"):
        put_file(f"{store.url}/refused", file, pause=no_pause)


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that nobody else knows, and its key, in one file."""
    file = tmp_path / "ca.pem"
    argv = (
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=127.0.0.1",
        "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "keyUsage=digitalSignature,keyCertSign",
        "-keyout", file, "-out", file,
    )  # fmt: skip
    subprocess.run(argv, check=True, capture_output=True)
    return file


def test_storage_behind_the_operators_own_authority_is_trusted(
    store: type[Store], tmp_path: Path, authority: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    server = store.listener
    server.socket = context.wrap_socket(server.socket, server_side=True)
    url = f"https://127.0.0.1:{server.server_port}/tar"
    file = tmp_path / "tar"
    file.write_bytes(make_archive(a="one"))
    put_file(url, file, trusted_ca=authority, pause=no_pause)
    assert fetch_archive(url, tmp_path / "target", trusted_ca=authority, pause=no_pause)
    assert (tmp_path / "target" / "a").read_text() == "one"
    with pytest.raises(TransferFailed, match="certificate verify failed"):
        put_file(url, file, trusted_ca=tmp_path / "none", pause=no_pause)


def test_a_file_of_trusted_certificates_that_holds_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "ca.crt"
    file.write_text("nothing")
    with pytest.raises(TransferFailed, match=rf"^The platform's trusted certificates, {file}, can't be read"):
        put_file("https://127.0.0.1:1/", file, trusted_ca=file, pause=no_pause)


def test_fetch_restores_source_and_cache(store: type[Store], tmp_path: Path) -> None:
    places = Places(workspace=tmp_path / "workspace", urls=tmp_path / "urls")
    for path in (places.workspace, places.urls):
        path.mkdir()
    store.objects |= {"/tar": make_archive(app="source"), "/cache": make_archive(wheel="cached")}
    (places.urls / "tar-get").write_text(f"{store.url}/tar")
    (places.urls / "cache-get").write_text(f"{store.url}/cache")
    fetch(places)
    assert (places.source / "app").read_text() == "source"
    assert (places.cache / "wheel").read_text() == "cached"
    assert (places.workspace / RESTORED).exists()


def test_a_missing_source_says_what_to_do(store: type[Store], tmp_path: Path) -> None:
    places = Places(workspace=tmp_path / "workspace", urls=tmp_path / "urls")
    places.urls.mkdir()
    (places.urls / "tar-get").write_text(f"{store.url}/nothing")
    with pytest.raises(TransferFailed, match="Push again"):
        fetch(places)
