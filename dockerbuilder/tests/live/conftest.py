"""A real registry on loopback, open or with tokens."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from kit.waiting import wait_for
from loopback import find_port


def need(name: str) -> str:
    """A test that is not run is no test: without the program it fails."""
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/local/bin:/usr/sbin")
    if program is None:
        pytest.fail(
            f"{name} is not on the PATH; run the live tests in the test image, python3 scripts/live.py"
        )
    return str(program)


@dataclass(frozen=True)
class KeyPair:
    key: str
    certificate: str


@pytest.fixture(scope="session")
def key_pair() -> KeyPair:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "deis")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return KeyPair(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        certificate.public_bytes(Encoding.PEM).decode(),
    )


OPEN = """version: 0.1
log: {{level: warn}}
storage: {{filesystem: {{rootdirectory: {directory}/data}}}}
http: {{addr: "{address}"}}
"""
TOKENS = """auth:
  token:
    realm: http://nobody.invalid/token
    service: deis-registry
    issuer: deis
    rootcertbundle: {directory}/tls.crt
"""
StartRegistry = Callable[[str], str]


@pytest.fixture
def start_registry(tmp_path: Path, key_pair: KeyPair) -> Iterator[StartRegistry]:
    """Starts a registry with a piece of configuration; returns its address."""
    with ExitStack() as stack:
        yield lambda extra: stack.enter_context(RunningRegistry(tmp_path, key_pair, extra))


class RunningRegistry:
    def __init__(self, directory: Path, key_pair: KeyPair, extra: str) -> None:
        self._address = f"127.0.0.1:{find_port()}"
        (directory / "tls.crt").write_text(key_pair.certificate)
        self._config = directory / "registry.yml"
        self._log = directory / "registry.log"
        text = (OPEN + extra).format(directory=directory, address=self._address)
        self._config.write_text(text)

    def __enter__(self) -> str:
        with self._log.open("wb") as output:
            argv = [need("registry"), "serve", str(self._config)]
            self._process = subprocess.Popen(argv, stdout=output, stderr=output)
        wait_for(self._is_answering, what="the registry", timeout=30)
        return f"http://{self._address}"

    def _is_answering(self) -> bool:
        try:
            urllib3.request("GET", f"http://{self._address}/v2/", timeout=1, retries=False)
        except urllib3.exceptions.HTTPError:
            return False
        return True

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait(10)
        print(self._log.read_text(errors="replace")[-2000:])
