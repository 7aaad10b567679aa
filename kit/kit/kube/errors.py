"""Errors of the Kubernetes API in our words, mapped in this one place.

Only "unreachable" is an error for a user as it stands. What else the API refuses is a matter between the
platform and its cluster until the caller says otherwise, so it is no ``NotFound`` or ``Forbidden`` of the
platform's own family.
"""

from __future__ import annotations

from typing import Any

import orjson

from kit.errors import PlatformError, Unavailable


class KubeError(PlatformError):
    """The API refused a request; ``status`` and ``reason`` are the API's own."""

    def __init__(self, message: str, *, status: int = 0, reason: str = "", details: Any = None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.reason = reason
        self.details = details or {}


class KubeNotFound(KubeError):
    """No such object, or no such kind."""


class KubeConflict(KubeError):
    """It exists already, has changed meanwhile, or is another field manager's; ``reason`` tells which."""

    @property
    def already_exists(self) -> bool:
        return self.reason == "AlreadyExists"


class KubeForbidden(KubeError):
    """The service account may not do this, or a quota or admission forbids it."""


class KubeUnauthorized(KubeError):
    """The credential was not accepted."""


class KubeInvalid(KubeError):
    """The API refused the object or the request itself as malformed."""


class KubeGone(KubeError):
    """The version to go on from is too old: list again."""


class KubeUnreachable(KubeError, Unavailable):
    """The API did not answer, or cannot at present. A write may have happened all the same."""


KINDS: dict[int, type[KubeError]] = {
    400: KubeInvalid,
    401: KubeUnauthorized,
    403: KubeForbidden,
    404: KubeNotFound,
    409: KubeConflict,
    410: KubeGone,
    413: KubeInvalid,
    422: KubeInvalid,
    429: KubeUnreachable,
}


def build_error(status: int, body: bytes) -> KubeError:
    """Return the error that a response of this status and body means."""
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict) or content.get("kind") != "Status":
        text = body.decode(errors="replace").strip()[:500]
        content = {"message": text or f"the Kubernetes API answered with status {status}"}
    return build_status_error({**content, "code": status})


def build_status_error(content: dict[str, Any]) -> KubeError:
    """Return the error that a ``Status`` object means."""
    status = int(content.get("code") or 0)
    fallback = KubeUnreachable if status >= 500 else KubeError
    kind = KINDS.get(status, fallback)
    message = content.get("message") or f"the Kubernetes API answered with status {status}"
    return kind(message, status=status, reason=content.get("reason") or "", details=content.get("details"))
