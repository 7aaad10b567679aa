"""The registry's two modes on a VersityGW, all on loopback."""

from __future__ import annotations

import contextlib
import datetime
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kit.waiting import wait_for
from loopback import find_port

CHECKOUT = Path(__file__).resolve().parents[3]
HTPASSWD = "node:$2b$05$KkbjTzzwc4/4S5Dl9cmZVeS3qZVFk9Mehqr/7o3AIU86zAcV9DZt2\n"
"""Of the password ``pull-only``."""


@dataclass(frozen=True)
class Platform:
    """The two registries, and what signs tokens."""

    push: str
    nodes: str
    key: bytes
    certificate: bytes


def get_program(name: str) -> str:
    """A test that is not run is no test: without the program it fails."""
    program = shutil.which(name)
    if program is None:
        pytest.fail(
            f"{name} is not on the PATH; run the live tests in the test image, python3 scripts/live.py"
        )
    return str(program)


@contextlib.contextmanager
def running(argv: Sequence[str], *, env: Mapping[str, str], log: Path, answers_at: str) -> Iterator[None]:
    """Run a server while the context lasts; its log is shown when a test fails."""
    with log.open("wb") as output:
        process = subprocess.Popen(argv, env={**os.environ, **env}, stdout=output, stderr=output)
        try:
            wait_for(lambda: is_answering(answers_at, process), what=f"an answer of {argv[-1]}", timeout=30)
            yield
        finally:
            process.terminate()
            process.wait(10)
            print(log.read_text(errors="replace")[-6000:])


def is_answering(address: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"{process.args!r} ended"
    try:
        urllib3.request("GET", address, timeout=2, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return True


@pytest.fixture(scope="session")
def key_pair() -> tuple[bytes, bytes]:
    """A private key and its self-signed certificate, as the chart makes them."""
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "deis-registry-token")])
    begin, end = (datetime.datetime(year, 1, 1, tzinfo=datetime.UTC) for year in (2020, 2090))
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(begin).not_valid_after(end)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, builder.sign(key, SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An object storage, as the variables that lead the registry to it."""
    directory = tmp_path_factory.mktemp("store")
    credentials = directory / "credentials"
    for path, text in (("accesskey", "12345"), ("secretkey", "a: 'secret' # of / odd \"signs\"")):
        credentials.mkdir(exist_ok=True)
        (credentials / path).write_text(text)
    (directory / "objects").mkdir()
    (directory / "attributes").mkdir()
    port = find_port()
    argv = [get_program("versitygw"), "--port", f"127.0.0.1:{port}", "--keep-alive", "posix"]
    argv += ["--sidecar", str(directory / "attributes"), str(directory / "objects")]
    env = {
        "ROOT_ACCESS_KEY_ID": (credentials / "accesskey").read_text(),
        "ROOT_SECRET_ACCESS_KEY": (credentials / "secretkey").read_text(),
    }
    with running(argv, env=env, log=directory / "log", answers_at=f"http://127.0.0.1:{port}"):
        yield {
            "REGISTRY_STORAGE": "in-cluster",
            "CREDENTIALS_DIR": str(credentials),
            "DEIS_OBJECTSTORAGE_SERVICE_HOST": "127.0.0.1",
            "DEIS_OBJECTSTORAGE_SERVICE_PORT": str(port),
        }


@contextlib.contextmanager
def running_registry(mode: str, env: Mapping[str, str], *, log: Path) -> Iterator[str]:
    """Start it as its image does; yield its address."""
    get_program("registry")
    address = f"127.0.0.1:{find_port()}"
    paths = os.pathsep.join(str(CHECKOUT / name) for name in ("registry", "kit"))
    ours = {"PYTHONPATH": paths, "REGISTRY_MODE": mode, "REGISTRY_HTTP_ADDR": address, **env}
    argv = [sys.executable, "-m", "registry"]
    with running(argv, env=ours, log=log, answers_at=f"http://{address}/"):
        yield f"http://{address}"


@pytest.fixture(scope="session")
def platform(
    tmp_path_factory: pytest.TempPathFactory, store: dict[str, str], key_pair: tuple[bytes, bytes]
) -> Iterator[Platform]:
    directory = tmp_path_factory.mktemp("registry")
    key, certificate = key_pair
    (directory / "tls.crt").write_bytes(certificate)
    (directory / "htpasswd").write_text(HTPASSWD)
    push_env = {**store, "REGISTRY_AUTH_TOKEN_ROOTCERTBUNDLE": str(directory / "tls.crt")}
    nodes_env = {**store, "REGISTRY_AUTH_HTPASSWD_PATH": str(directory / "htpasswd")}
    with (
        running_registry("push", push_env, log=directory / "push.log") as push,
        running_registry("nodes", nodes_env, log=directory / "nodes.log") as nodes,
    ):
        yield Platform(push, nodes, key, certificate)


@pytest.fixture
def unused_port() -> int:
    return find_port()
