"""Certificates and private keys as users paste them: what they say, and whether they can be served. Pure.

Only the blocks that matter are kept: what a file says around them, and what else it holds, goes nowhere.
Source: API specification, section 9.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from controller.errors import InvalidFields, InvalidPair

BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
KEY_LABELS = ("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY")
SMALLEST_RSA = 2048
"""Below that OpenSSL serves nobody."""
SHORT_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "title",
    "2.5.4.15": "businessCategory",
    "2.5.4.17": "postalCode",
    "2.5.4.42": "GN",
    "2.5.4.97": "organizationIdentifier",
    "0.9.2342.19200300.100.1.1": "UID",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
"""All that the library says of damaged ones, and of those that nobody should have made."""
NO_MATCH = "Certificate and private key do not match!"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """What the first certificate of a file says, and the whole chain as it is stored."""

    pem: str
    public_key: bytes
    common_name: str | None
    fingerprint: str
    san: tuple[str, ...]
    issuer: str
    subject: str
    starts: datetime
    expires: datetime


@dataclass(frozen=True, kw_only=True)
class PrivateKey:
    pem: str
    public_key: bytes


def parse_pair(certificate: str, key: str) -> tuple[Certificate, PrivateKey]:
    """Both, if they belong together.

    Raises:
        InvalidFields: one of them is not what it should be; both are looked at.
        InvalidPair: the key is another certificate's.
    """
    problems: dict[str, list[str]] = {}
    parsed: list[Certificate | PrivateKey] = []
    for parse, text in ((parse_certificate, certificate), (parse_key, key)):
        try:
            parsed.append(parse(text))
        except InvalidFields as error:
            problems |= error.fields
    if problems:
        raise InvalidFields(problems)
    chain, private = parsed
    assert isinstance(chain, Certificate)
    assert isinstance(private, PrivateKey)
    if chain.public_key != private.public_key:
        raise InvalidPair([NO_MATCH])
    return chain, private


def parse_certificate(text: str) -> Certificate:
    """The first certificate, with those that follow it.

    Raises:
        InvalidFields: it is none, one of the chain is none, or there is a private key among them.
    """
    blocks = list(BLOCK.finditer(text.replace(" X509 CERTIFICATE-", " CERTIFICATE-")))
    if any("PRIVATE KEY" in block[1] for block in blocks):
        raise _refuse_certificate("it holds a private key, which belongs into the field key")
    chain = [block[0] for block in blocks if block[1] == "CERTIFICATE"]
    if not chain:
        raise _refuse_certificate("no certificate in PEM form was found, such as -----BEGIN CERTIFICATE-----")
    certificates = [_load_certificate(block, place=place) for place, block in enumerate(chain, start=1)]
    try:
        return _describe(certificates[0], pem="\n".join(chain) + "\n")
    except UNREADABLE as error:
        raise _refuse_certificate(_first_sentence(error)) from error


def parse_key(text: str) -> PrivateKey:
    """
    Raises:
        InvalidFields: it is no private key, is encrypted, or of a kind that nothing serves.
    """
    blocks = [match for match in BLOCK.finditer(text) if "PRIVATE KEY" in match[1]]
    if not blocks:
        raise _refuse_key("no private key in PEM form was found, such as -----BEGIN PRIVATE KEY-----")
    if len(blocks) > 1:
        raise _refuse_key("there is more than one; give the one that belongs to the certificate")
    label, pem = blocks[0][1], blocks[0][0]
    if label == "ENCRYPTED PRIVATE KEY" or "Proc-Type: 4,ENCRYPTED" in pem:
        raise _refuse_key("it is encrypted; remove the passphrase, for example with openssl pkey")
    if label not in KEY_LABELS:
        raise _refuse_key(f"{label} is not a kind that web servers use")
    return PrivateKey(pem=pem + "\n", public_key=_encode_public(_load_key(pem)))


def _load_certificate(block: str, *, place: int) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(block.encode())
    except UNREADABLE as error:
        raise _refuse_certificate(
            f"number {place} of the file is damaged: {_first_sentence(error)}"
        ) from error


def _load_key(pem: str) -> Key:
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except UNREADABLE as error:
        raise _refuse_key(f"it is damaged: {_first_sentence(error)}") from error
    if not isinstance(key, Key):
        raise _refuse_key("only RSA, elliptic curve and Ed25519 keys can be served")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < SMALLEST_RSA:
        raise _refuse_key(f"an RSA key needs at least {SMALLEST_RSA} bits, this one has {key.key_size}")
    return key


def _describe(certificate: x509.Certificate, *, pem: str) -> Certificate:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    digest = certificate.fingerprint(hashes.SHA256()).hex().upper()
    return Certificate(
        pem=pem,
        public_key=certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        common_name=_make_printable(names[0].value) if names else None,
        fingerprint=":".join(digest[at : at + 2] for at in range(0, len(digest), 2)),
        san=tuple(_make_printable(name) for name in _list_alternative_names(certificate)),
        issuer=render_name(certificate.issuer),
        subject=render_name(certificate.subject),
        starts=certificate.not_valid_before_utc,
        expires=certificate.not_valid_after_utc,
    )


def _list_alternative_names(certificate: x509.Certificate) -> Iterable[str]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)


def render_name(name: x509.Name) -> str:
    """``/C=US/O=Deis/CN=foo.com``, in the certificate's own order."""
    return "".join(
        f"/{SHORT_NAMES.get(attribute.oid.dotted_string, attribute.oid.dotted_string)}="
        f"{_make_printable(attribute.value)}"
        for attribute in name
    )


def _make_printable(value: str | bytes) -> str:
    """A text that the database can hold, whatever somebody wrote into a certificate."""
    return value.hex() if isinstance(value, bytes) else value.replace("\x00", "\\x00")


def _encode_public(key: Key) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _first_sentence(error: Exception) -> str:
    """Libraries go on to advise programmers."""
    return str(error).split(". ")[0].removesuffix(".")


def _refuse_certificate(reason: str) -> InvalidFields:
    return InvalidFields({"certificate": [f"Could not load certificate: {reason}"]})


def _refuse_key(reason: str) -> InvalidFields:
    return InvalidFields({"key": [f"Could not load private key: {reason}"]})
