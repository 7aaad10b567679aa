"""What unit and live tests share."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
END = datetime.datetime(2090, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="session")
def build_key_pair() -> Callable[[CertificateIssuerPrivateKeyTypes], tuple[bytes, bytes]]:
    return make_key_pair


def make_key_pair(key: CertificateIssuerPrivateKeyTypes) -> tuple[bytes, bytes]:
    """Return a private key and its self-signed certificate, as the chart makes them."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "registry-token")])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(BEGIN).not_valid_after(END)
    certificate = builder.sign(key, None if isinstance(key, Ed25519PrivateKey) else SHA256())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, certificate.public_bytes(Encoding.PEM)
