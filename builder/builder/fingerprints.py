"""How a public key is known to the controller."""

from __future__ import annotations

import hashlib


def build_fingerprint(blob: bytes) -> str:
    """Return the MD5 of a public key's blob as pairs of hexadecimal digits joined by colons.

    Source: build specification, 4.2.
    """
    digest = hashlib.md5(blob, usedforsecurity=False).hexdigest()
    return ":".join(digest[i : i + 2] for i in range(0, len(digest), 2))
