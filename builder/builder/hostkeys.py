"""The server's own keys."""

from __future__ import annotations

from pathlib import Path

import paramiko

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
    """Return a key; one that is not of the expected kind's own format may be of another known one."""
    try:
        return kind.from_private_key_file(str(path))
    except (OSError, paramiko.SSHException, ValueError):
        pass
    try:
        return paramiko.PKey.from_path(path)
    except Exception as error:
        raise HostKeyError(f"SSH server configuration failed: {path.name} can't be read ({error})") from error
