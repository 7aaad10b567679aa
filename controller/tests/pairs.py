"""Certificates and keys for tests, made as they are asked for."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

STARTS = datetime(2026, 1, 15, 23, 55, 59, tzinfo=UTC)
EXPIRES = datetime(2036, 1, 14, 23, 55, 59, tzinfo=UTC)
SUBJECT = (
    (NameOID.COUNTRY_NAME, "US"),
    (NameOID.STATE_OR_PROVINCE_NAME, "CA"),
    (NameOID.LOCALITY_NAME, "San Francisco"),
    (NameOID.ORGANIZATION_NAME, "Example"),
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "Engineering"),
)


@dataclass(frozen=True)
class Pair:
    certificate: str
    key: str
    private: Any


def make_pair(
    common_name: str | None, *, san: Sequence[str] = (), private: Any = None, traditional: bool = False
) -> Pair:
    """Self-signed, on an elliptic curve unless a key is given."""
    private = private or ec.generate_private_key(ec.SECP256R1())
    names = [*SUBJECT, *([(NameOID.COMMON_NAME, common_name)] if common_name else [])]
    name = x509.Name(
        [
            *[x509.NameAttribute(oid, value) for oid, value in names],
            x509.NameAttribute(NameOID.EMAIL_ADDRESS, "engineering@example.com"),
        ]
    )
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(private.public_key())
    builder = builder.serial_number(7).not_valid_before(STARTS).not_valid_after(EXPIRES)
    if san:
        names_ = x509.SubjectAlternativeName([x509.DNSName(host) for host in san])
        builder = builder.add_extension(names_, critical=False)
    algorithm = None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    certificate = builder.sign(private, algorithm).public_bytes(Encoding.PEM).decode()
    kind = PrivateFormat.TraditionalOpenSSL if traditional else PrivateFormat.PKCS8
    key = private.private_bytes(Encoding.PEM, kind, NoEncryption()).decode()
    return Pair(certificate, key, private)


def make_rsa_key(bits: int = 2048) -> Any:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def make_block(label: str, content: bytes) -> str:
    body = base64.b64encode(content).decode()
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"
