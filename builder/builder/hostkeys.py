"""The server's own keys."""

from __future__ import annotations

import io
from pathlib import Path

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_ssh_private_key,
)

from builder.errors import HostKeyError

REQUIRED = {"ssh-host-rsa-key": paramiko.RSAKey, "ssh-host-ecdsa-key": paramiko.ECDSAKey}
OPTIONAL = {"ssh-host-ed25519-key": paramiko.Ed25519Key}


def load_host_keys(directory: Path) -> list[paramiko.PKey]:
    """Return the keys of the mounted Secret.

    Raises:
        HostKeyError: one of the two that every installation has is missing, or one can't be read.
    """
    wanted = {**REQUIRED, **{name: kind for name, kind in OPTIONAL.items() if (directory / name).exists()}}
    return [load_host_key(directory / name, kind) for name, kind in wanted.items()]


def load_host_key(path: Path, kind: type[paramiko.PKey]) -> paramiko.PKey:
    """Return a key, whichever PEM form it has: Helm writes PKCS 1, SEC 1 and PKCS 8, ssh-keygen its own."""
    try:
        data = path.read_bytes()
        load = load_ssh_private_key if b"OPENSSH" in data else load_pem_private_key
        text = load(data, None).private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        return kind.from_private_key(io.StringIO(text.decode()))
    except (OSError, paramiko.SSHException, ValueError, UnsupportedAlgorithm) as error:
        raise HostKeyError(f"SSH server configuration failed: {path.name} can't be read ({error})") from error
