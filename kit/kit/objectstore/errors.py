"""Errors of every store in our words."""

from __future__ import annotations

from kit.errors import NotFound, Unavailable


class ObjectNotFound(NotFound):
    """No object of this key, or no such bucket."""


class StoreUnavailable(Unavailable):
    """The store does not answer, or not in a way that makes sense."""


class StoreRefused(StoreUnavailable):
    """The store does not accept our credentials, or they do not suffice: an operator has to act."""


REFUSALS = frozenset({"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "XAdminUserNotFound"})
"""The last one is VersityGW's, for an unknown access key, with the status 404."""
ABSENCES = frozenset({"NoSuchBucket", "NoSuchKey", "ResourceNotFound", "404"})


def build_s3_error(code: str, message: str, *, status: int = 0, where: str) -> Exception:
    """Return the error that an S3 error code or status means; ``where`` is the bucket and key."""
    if code in ABSENCES:
        return ObjectNotFound(f"{where} is not in the object storage")
    if code in REFUSALS or status in (401, 403):
        return StoreRefused(f"the object storage refused access to {where}: {code}")
    return StoreUnavailable(f"the object storage failed on {where}: {message or code}")


def describe_silence(error: BaseException) -> str:
    """Why there was no answer, without the client library's names for its own parts."""
    cause = getattr(error, "reason", None) or error  # of urllib3, when it gave up
    return str(cause).rpartition("): ")[2]
