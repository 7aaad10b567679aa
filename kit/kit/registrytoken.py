"""Tokens for the platform's own registry: who holds one may do what it says to the repositories it names.

The registry trusts the certificate of one key pair (distribution's token authentication); builder and
controller sign with its key. Nobody is asked for a token over the network.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from kit.errors import PlatformError

Action: TypeAlias = Literal["pull", "push", "delete"]
Pem: TypeAlias = str | bytes

ISSUER = "deis"
SERVICE = "deis-registry"
CLOCK_SKEW = 60.0
"""How far behind the registry's clock may be, in seconds."""

CURVES = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


class KeyPairError(PlatformError):
    """The key pair that signs registry tokens can not be used."""


@dataclass(frozen=True)
class Access:
    repository: str
    actions: tuple[Action, ...]


def sign_token(
    key_pem: Pem,
    cert_pem: Pem,
    *,
    repository: str,
    actions: Iterable[Action],
    now: float,
    lifetime: float,
) -> str:
    """Return a token for one repository, good from ``now`` (seconds since the epoch) for ``lifetime`` seconds."""
    access = [Access(repository, tuple(actions))]
    return sign_access(key_pem, cert_pem, access=access, now=now, lifetime=lifetime)


def sign_access(key_pem: Pem, cert_pem: Pem, *, access: Iterable[Access], now: float, lifetime: float) -> str:
    """Return a token for several repositories, such as the two ends of a copy.

    Raises:
        KeyPairError: the key or the certificate is malformed, or of a kind that tokens are not signed with.
    """
    try:
        key = load_pem_private_key(encode(key_pem), password=None)
        certificate = x509.load_pem_x509_certificate(encode(cert_pem))
    except (ValueError, TypeError) as error:
        raise KeyPairError(f"the key pair of the registry's tokens can not be read: {error}") from error
    chain = [base64.b64encode(certificate.public_bytes(Encoding.DER)).decode()]
    claims = build_claims(access, now=now, lifetime=lifetime)
    return jwt.encode(claims, encode(key_pem), algorithm=get_algorithm(key), headers={"x5c": chain})


def build_claims(access: Iterable[Access], *, now: float, lifetime: float) -> dict[str, object]:
    return {
        "iss": ISSUER,
        "sub": ISSUER,
        "aud": SERVICE,
        "iat": int(now),
        "nbf": int(now - CLOCK_SKEW),
        "exp": int(now + lifetime),
        "access": [
            {"type": "repository", "name": entry.repository, "actions": list(entry.actions)}
            for entry in access
        ],
    }


def get_algorithm(key: object) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in CURVES:
        return CURVES[key.curve.name]
    if isinstance(key, rsa.RSAPrivateKey):
        return "RS256"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "EdDSA"
    raise KeyPairError("the key of the registry's tokens must be RSA, ECDSA or Ed25519")


def encode(pem: Pem) -> bytes:
    return pem.encode() if isinstance(pem, str) else pem
