"""Object stores for tests, each behind a proxy that can make its network bad.

VersityGW is the store that we ship; fake-gcs-server and Azurite stand for Google and Azure.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import jwt
import pytest
import urllib3
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from faultyproxy import FaultyProxy
from kit.objectstore import Location
from kit.settings import Secret
from kit.waiting import wait_for
from loopback import find_port

AZURITE_ACCOUNT = "devstoreaccount1"
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Azurite's own, the same for everybody."""
AUDIENCE = "https://oauth2.googleapis.com/token"
"""What assertions are for, wherever they are sent."""
EMAIL = "store@project.iam.gserviceaccount.com"


@dataclass(frozen=True)
class Server:
    """A running store."""

    proxy: FaultyProxy
    location: Location
    """How to reach it through the proxy; the bucket is yet to be named."""
    wrong: Sequence[Location]
    """The same with credentials that are not good."""


@contextmanager
def run_proxy() -> Iterator[tuple[FaultyProxy, int, str]]:
    """A proxy, the port where its server is to listen, and the address that stands for that server."""
    port, target = find_port(), find_port()
    with FaultyProxy(port, target=target).running() as proxy:
        yield proxy, target, f"http://127.0.0.1:{port}"


def write_google_key(path: Path, key: rsa.RSAPrivateKey, *, token_uri: str) -> Path:
    """Write the key of a service account as Google hands it out."""
    content = {
        "type": "service_account",
        "project_id": "project",
        "private_key": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "client_email": EMAIL,
        "token_uri": token_uri,
    }
    path.write_text(json.dumps(content))
    return path


@contextmanager
def run_token_server(key: rsa.RSAPrivateKey) -> Iterator[str]:
    """Google's token endpoint: it gives a token for an assertion that the account's key has signed."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            try:
                jwt.decode(form["assertion"][0], key.public_key(), algorithms=["RS256"], audience=AUDIENCE)
            except jwt.InvalidTokenError:
                self.answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
            else:
                self.answer(200, {"access_token": "token", "expires_in": 3600, "token_type": "Bearer"})

        def answer(self, status: int, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", find_port()), Handler)
    address = f"http://127.0.0.1:{server.server_port}/token"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield address
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def build_s3_location(endpoint: str, access_key: str, secret_key: str) -> Location:
    return Location(
        storage="in-cluster",
        bucket="",
        access_key=access_key,
        secret_key=Secret(secret_key),
        region="us-east-1",
        endpoint=endpoint,
    )


def build_azure_location(endpoint: str, account: str, key: str) -> Location:
    return Location(
        storage="azure",
        bucket="",
        access_key=account,
        secret_key=Secret(key),
        endpoint=f"{endpoint}/{account}",
    )


@contextmanager
def run_versitygw(directory: Path) -> Iterator[Server]:
    """VersityGW."""
    for name in ("objects", "metadata"):
        (directory / name).mkdir()
    with run_proxy() as (proxy, port, address):
        command = [get_program("versitygw"), "--access", "test-access", "--secret", "test-secret"]
        command += ["--port", f"127.0.0.1:{port}", "posix"]
        command += ["--sidecar", str(directory / "metadata"), str(directory / "objects")]
        with run_server(command, address, log=directory / "log"):
            wrong = [("test-access", "wrong"), ("nobody", "test-secret")]
            yield Server(
                proxy=proxy,
                location=build_s3_location(address, "test-access", "test-secret"),
                wrong=[build_s3_location(address, *pair) for pair in wrong],
            )


@contextmanager
def run_google(directory: Path) -> Iterator[Server]:
    """fake-gcs-server, and a token endpoint that knows one service account."""
    key, other = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    with run_proxy() as (proxy, port, address), run_token_server(key) as token_uri:
        command = [
            get_program("fake-gcs-server"),
            "-scheme",
            "http",
            "-host",
            "127.0.0.1",
            "-port",
            str(port),
        ]
        command += ["-filesystem-root", str(directory / "objects"), "-external-url", address]
        command += ["-public-host", address.removeprefix("http://"), "-log-level", "warn"]
        right = write_google_key(directory / "key.json", key, token_uri=token_uri)
        wrong = write_google_key(directory / "wrong.json", other, token_uri=token_uri)
        with run_server(command, address, log=directory / "log"):
            yield Server(
                proxy=proxy,
                location=Location(storage="gcs", bucket="", key_file=right, endpoint=address),
                wrong=[Location(storage="gcs", bucket="", key_file=wrong, endpoint=address)],
            )


@contextmanager
def run_azurite(directory: Path) -> Iterator[Server]:
    """Azurite, of Azure's storage the part for blobs."""
    with run_proxy() as (proxy, port, address):
        command = [get_program("azurite-blob"), "--blobHost", "127.0.0.1", "--blobPort", str(port)]
        command += [
            "--location",
            str(directory / "objects"),
            "--silent",
            "--disableTelemetry",
            "--skipApiVersionCheck",
        ]
        with run_server(command, address, log=directory / "log"):
            yield Server(
                proxy=proxy,
                location=build_azure_location(address, AZURITE_ACCOUNT, AZURITE_KEY),
                wrong=[build_azure_location(address, AZURITE_ACCOUNT, "d3Jvbmc=")],
            )


@contextmanager
def run_server(command: list[str], address: str, *, log: Path) -> Iterator[None]:
    """Run a program for as long as this is entered, from when it answers; then show what it said."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output)
        try:
            wait_for_answer(address, process)
            yield
        finally:
            process.terminate()
            process.wait(10)
            print(log.read_text(errors="replace")[-4000:])


def get_program(name: str) -> str:
    program = shutil.which(name, path=f"{os.environ['PATH']}:/usr/local/bin")
    if program is None:
        pytest.fail(
            f"{name} is not on the PATH; run the live tests in the test image, python3 scripts/live.py"
        )
    return str(program)


def wait_for_answer(address: str, process: subprocess.Popen[bytes]) -> None:
    wait_for(lambda: is_answering(address, process), what=f"an answer of {process.args!r}", timeout=30)


def is_answering(address: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, f"{process.args!r} ended"
    try:
        urllib3.request("GET", address, timeout=1, retries=False)
    except urllib3.exceptions.HTTPError:
        return False
    return True
