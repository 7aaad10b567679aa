"""Names of objects in the cluster: one place for their length and character rules."""

from __future__ import annotations

import hashlib
import re
from typing import NewType

AppName = NewType("AppName", str)

LABEL_LIMIT = 63
HASH_LENGTH = 8

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_FOREIGN = re.compile(r"[^a-z0-9]+")


def is_dns_label(text: str) -> bool:
    """Say if ``text`` may name an object that needs a DNS label (RFC 1123)."""
    return len(text) <= LABEL_LIMIT and _LABEL.fullmatch(text) is not None


def build_object_name(*parts: str, limit: int = LABEL_LIMIT) -> str:
    """Join ``parts`` by dashes to a DNS label of at most ``limit`` characters.

    Names that fit stay as they are. What has to be cut or changed ends in a hash of the whole, so that two
    different names never become one.
    """
    whole = "-".join(parts)
    if len(whole) <= limit and is_dns_label(whole):
        return whole
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:HASH_LENGTH]
    readable = _FOREIGN.sub("-", whole.lower()).strip("-")
    return "-".join(filter(None, (readable[: limit - HASH_LENGTH - 1].rstrip("-"), digest)))
