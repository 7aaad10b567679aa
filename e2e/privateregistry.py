"""A registry outside the platform that wants a name and a password, with a certificate of the devcluster's authority."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from drive import run
from waiting import wait_for

NODE = "198.19.255.1"
"""Where the nodes' programs and the pods both get at it."""
AUTHORITY = Path("/var/lib/devcluster/certificates/cluster-ca.crt")
NODE_REGISTRIES = Path("/var/lib/devcluster/nodes/node1/registries")
"""What the node's container runtime is told of registries; read at every pull."""
USERNAME, PASSWORD = "reader", "pull-only"
HTPASSWD = f"{USERNAME}:$2b$05$KkbjTzzwc4/4S5Dl9cmZVeS3qZVFk9Mehqr/7o3AIU86zAcV9DZt2\n"


@dataclass(frozen=True)
class PrivateRegistry:
    """A running one."""

    host: str
    """Address and port, as in images' names."""
    directory: Path

    def push(self, image: str) -> str:
        """Put an image of buildah's into it; returns the name to pull it by."""
        name = f"{self.host}/private/{image}"
        argv = (
            "push",
            "--quiet",
            f"--creds={USERNAME}:{PASSWORD}",
            f"--cert-dir={self.directory / 'trusted'}",
        )
        done = run("buildah", *argv, image, f"docker://{name}", env=os.environ)
        assert done.code == 0, done.text
        return name


@contextmanager
def running_registry(directory: Path) -> Iterator[PrivateRegistry]:
    """Start one in an empty directory, tell the node whom to trust, and stop it in the end."""
    with socket.create_server((NODE, 0)) as probe:
        host = f"{NODE}:{probe.getsockname()[1]}"
    write_certificates(directory)
    (directory / "config.json").write_text(json.dumps(build_config(directory, host=host)))
    told = NODE_REGISTRIES / host
    told.mkdir(exist_ok=True)
    (told / "hosts.toml").write_text(
        f'[host."https://{host}"]\ncapabilities = ["pull", "resolve"]\nca = "{AUTHORITY}"\n'
    )
    with (directory / "log").open("wb") as log:
        argv = (str(find_program()), "serve", str(directory / "config.json"))
        env = os.environ | {"OTEL_TRACES_EXPORTER": "none"}
        process = subprocess.Popen(argv, env=env, stdout=log, stderr=log)
    try:
        wait_for(lambda: is_listening(host) or None, what="the private registry", timeout=20)
        yield PrivateRegistry(host, directory)
    finally:
        process.terminate()
        process.wait(10)
        (told / "hosts.toml").unlink()
        told.rmdir()
        print((directory / "log").read_text())


def find_program() -> Path:
    """The registry's program, compiled for the devcluster; the newest."""
    found = Path("/var/cache/devcluster").glob("registry-v*/registry")
    return max(found, key=lambda path: path.stat().st_mtime)


def write_certificates(directory: Path) -> None:
    """A certificate for the node's address, and a directory of what clients trust."""
    key = (
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-keyout",
        str(directory / "tls.key"),
    )
    authority = ("-CA", str(AUTHORITY), "-CAkey", str(AUTHORITY.with_suffix(".key")), "-days", "2")
    extensions = ("-addext", "basicConstraints=critical,CA:FALSE", "-addext", f"subjectAltName=IP:{NODE}")
    subject = ("-subj", "/CN=private registry", "-out", str(directory / "tls.crt"))
    done = run("openssl", "req", "-x509", *key, *authority, *extensions, *subject, env=os.environ)
    assert done.code == 0, done.text
    (directory / "trusted").mkdir()
    (directory / "trusted" / "ca.crt").write_bytes(AUTHORITY.read_bytes())


def build_config(directory: Path, *, host: str) -> dict[str, object]:
    """The registry's configuration; JSON is YAML."""
    (directory / "htpasswd").write_text(HTPASSWD)
    return {
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(directory / "images")}},
        "http": {
            "addr": host,
            "tls": {"certificate": str(directory / "tls.crt"), "key": str(directory / "tls.key")},
        },
        "auth": {"htpasswd": {"realm": "private", "path": str(directory / "htpasswd")}},
    }


def is_listening(host: str) -> bool:
    """Whether a connection is taken."""
    address, _, port = host.partition(":")
    try:
        socket.create_connection((address, int(port)), timeout=1).close()
    except OSError:
        return False
    return True
