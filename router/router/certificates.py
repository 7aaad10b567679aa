"""Certificates as files, named by their content: checked before nginx may ever read them.

nginx reads a custom domain's pair at the handshake, so its own check of the configuration does not see them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re
import ssl
import subprocess
from collections.abc import Collection
from pathlib import Path
from typing import Any

from router.errors import InvalidCertificate
from router.place import Place

CERTIFICATE_KEY = "tls.crt"
PRIVATE_KEY = "tls.key"
DHPARAM_KEY = "dhparam"
FALLBACK_DAYS = "3650"
DHPARAM = re.compile(r"-----BEGIN DH PARAMETERS-----\s[A-Za-z0-9+/=\s]+-----END DH PARAMETERS-----")


class CertificateStore:
    """The directory of pairs. Files never change: another content is another file."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def prepare(self) -> None:
        """Make the directories and a certificate of our own, for names that have none."""
        for directory in (self._place.root, self._place.certificates, self._place.temporary):
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._place.fallback_certificate.exists():
            make_self_signed(self._place.fallback_certificate)

    def put_pair(self, certificate: str, key: str) -> str:
        """Keep a pair and return its digest.

        Raises:
            InvalidCertificate: it is not PEM, or the key does not belong to the certificate.
        """
        return self._write(certificate.strip() + "\n" + key.strip() + "\n", check=check_pair)

    def put_dhparam(self, text: str) -> str:
        """Keep Diffie-Hellman parameters and return their digest."""
        match = DHPARAM.search(text)
        if match is None:
            raise InvalidCertificate("it holds no DH parameters in PEM form")
        return self._write(match[0] + "\n", check=lambda _: None)

    def prune(self, keep: Collection[str]) -> None:
        """Delete every file whose digest is not in ``keep``."""
        for path in self._place.certificates.iterdir():
            if path.stem not in keep:
                path.unlink(missing_ok=True)

    def _write(self, content: str, *, check: Any) -> str:
        digest = hashlib.sha256(content.encode()).hexdigest()[:32]
        path = self._place.certificate(digest)
        if path.exists():
            return digest
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(content)
        try:
            check(fresh)
        except InvalidCertificate:
            fresh.unlink()
            raise
        fresh.replace(path)
        return digest


def check_pair(path: Path) -> None:
    """Raise ``InvalidCertificate`` unless OpenSSL can serve TLS with the file."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(path, password="")
    except ssl.SSLError as error:
        reason = (error.reason or str(error)).replace("_", " ").lower()
        raise InvalidCertificate(f"certificate and key can not be used: {reason}") from error
    except (OSError, ValueError) as error:
        raise InvalidCertificate(f"certificate and key can not be used: {error}") from error


def read_pair(secret: dict[str, Any]) -> tuple[str, str]:
    """Return certificate and key of a Secret, whatever its type.

    Raises:
        InvalidCertificate: one of the two is missing.
    """
    return read_entry(secret, CERTIFICATE_KEY), read_entry(secret, PRIVATE_KEY)


def read_entry(secret: dict[str, Any], key: str) -> str:
    encoded = (secret.get("data") or {}).get(key)
    if not encoded:
        raise InvalidCertificate(f'it contains no entry "{key}"')
    try:
        return base64.b64decode(encoded, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        raise InvalidCertificate(f'its entry "{key}" is not PEM') from None


def make_self_signed(path: Path) -> None:
    """Write the pair that answers for names without a certificate; nobody is to trust it."""
    fresh = path.with_suffix(".new")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    command += ["-subj", "/CN=deis-router", "-days", FALLBACK_DAYS, "-keyout", "-", "-out", "-"]
    pem = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60
    ).stdout
    fresh.touch(mode=0o600)
    fresh.write_bytes(pem)
    fresh.replace(path)
