from __future__ import annotations

import base64
import socket
from collections.abc import Iterator

import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.sshkeys import TolerantAuthHandler, UnusableKey

ED25519 = base64.b64decode("AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl")
ALGORITHMS = [
    "ssh-rsa",
    "rsa-sha2-256",
    "rsa-sha2-512",
    "rsa-sha2-512-cert-v01@openssh.com",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp521-cert-v01@openssh.com",
    "ssh-ed25519",
    "ssh-ed25519-cert-v01@openssh.com",
    "sk-ssh-ed25519@openssh.com",
    "ssh-dss",
    "",
]


@pytest.fixture(scope="module")
def handler() -> Iterator[TolerantAuthHandler]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        transport = paramiko.Transport(ours)  # the handler itself does not keep it alive
        yield TolerantAuthHandler(transport)
        transport.close()


def build_text(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content


def read(handler: TolerantAuthHandler, algorithm: str, blob: bytes) -> paramiko.PKey:
    return handler._generate_key_from_request(algorithm, blob)


def test_a_good_key_is_read(handler):
    key = read(handler, "ssh-ed25519", ED25519)
    assert isinstance(key, paramiko.Ed25519Key)
    assert key.asbytes() == ED25519


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(parts=st.lists(st.binary(max_size=80), max_size=4), tail=st.binary(max_size=20))
def test_a_mangled_key_is_nobodys_whatever_its_kind(handler, algorithm, parts, tail):
    kind = build_text(algorithm.removesuffix("-cert-v01@openssh.com").encode())
    for start in (kind, b"", build_text(b"ecdsa-sha2-nistp256") + build_text(b"nistp256")):
        blob = start + b"".join(map(build_text, parts)) + tail
        key = read(handler, algorithm, blob)
        if isinstance(key, UnusableKey):
            assert key.asbytes() == blob
            assert not key.verify_ssh_sig(b"data", paramiko.Message(build_text(b"signature")))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@given(blob=st.binary(max_size=200))
def test_so_is_what_is_no_key_at_all(handler, algorithm, blob):
    read(handler, algorithm, blob)
