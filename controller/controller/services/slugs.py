"""Tokens for slugs: whoever holds one may fetch one object, and nothing else.

They never expire, as pods restart for years; any controller can check one without the database. The key is
derived from the platform's secret, so a new secret needs new deploys.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re

from kit.errors import InvalidInput, NotFound
from kit.settings import Secret

PURPOSE = b"deis slug token"
SLUG = re.compile(r"home/(?P<app>[a-z0-9-]+):git-[0-9a-f]{8,40}/push/slug\.tgz")
"""Where the builder stores the slug of a push. Source: build specification, section 7.1."""


def check_slug(key: str, *, app: str) -> None:
    """
    Raises:
        InvalidInput: it is no slug of an app of this name.
    """
    match = SLUG.fullmatch(key)
    if match is None or match["app"] != app:
        raise InvalidInput(f"The slug {key} does not belong to {app}")


class SlugTokens:
    def __init__(self, secret_key: Secret, *, controller_url: str) -> None:
        self._key = hmac.digest(secret_key.reveal().encode(), PURPOSE, "sha256")
        self._controller_url = controller_url

    def build_url(self, key: str, *, app: str) -> str:
        """Where a pod of the app fetches its slug.

        Raises:
            InvalidInput: it is another app's.
        """
        check_slug(key, app=app)
        return f"{self._controller_url}/slugs/{self.sign(key)}"

    def sign(self, key: str) -> str:
        return f"{_encode(key.encode())}.{_encode(self._digest(key))}"

    def parse(self, token: str) -> str:
        """The object key that a token is good for.

        Raises:
            NotFound: it is none of ours.
        """
        text, _, signature = token.partition(".")
        try:
            key, digest = _decode(text).decode(), _decode(signature)
        except (binascii.Error, ValueError) as error:
            raise NotFound("There is no such slug") from error
        if not hmac.compare_digest(digest, self._digest(key)):
            raise NotFound("There is no such slug")
        return key

    def _digest(self, key: str) -> bytes:
        return hmac.digest(self._key, key.encode(), hashlib.sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
