"""Keeps a client's other keys in play when it offers one of a kind that we can't use.

paramiko ends the connection when it meets a key it can't make sense of, such as one on a hardware token. OpenSSH offers
all keys it has, in any order, so that one such key would shut out the good one after it.
"""

from __future__ import annotations

import logging
from typing import Any

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from paramiko.auth_handler import AuthHandler

log = logging.getLogger(__name__)

UNREADABLE = (paramiko.SSHException, UnsupportedAlgorithm, KeyError, OverflowError, ValueError)
"""What is raised for a key that is mangled, or of a kind that paramiko and its libraries do not know."""


class UnusableKey(paramiko.PKey):
    """Stands for a key of an unknown kind. Nobody has it, and no signature is its own."""

    def __init__(self, blob: bytes) -> None:
        self._blob = blob

    def asbytes(self) -> bytes:
        return self._blob

    def verify_ssh_sig(self, _data: bytes, _msg: paramiko.Message) -> bool:
        return False


class TolerantAuthHandler(AuthHandler):
    """Goes when paramiko refuses such a key instead of ending the connection."""

    def _generate_key_from_request(self, algorithm: str, keyblob: bytes) -> paramiko.PKey:
        try:
            key: Any = super()._generate_key_from_request(algorithm, keyblob)  # type: ignore[misc]  # unpublished
        except UNREADABLE as error:
            log.debug("a client offers a key of kind %s that can't be read: %r", algorithm, error)
            key = None
        return key if isinstance(key, paramiko.PKey) else UnusableKey(keyblob)
