"""The family of errors raised on purpose. Each message is a sentence for the user."""

from __future__ import annotations


class PlatformError(Exception):
    """Base of every error raised on purpose."""


class NotFound(PlatformError):
    """What was asked for does not exist."""


class Conflict(PlatformError):
    """The request contradicts the present state."""


class Forbidden(PlatformError):
    """The caller is known and may not do this."""


class Unauthorized(PlatformError):
    """The caller is unknown, or a credential was refused."""


class InvalidInput(PlatformError):
    """A value given by the caller is malformed."""


class Unavailable(PlatformError):
    """Something we depend on does not answer at present; trying again later may help."""


class Timeout(Unavailable):
    """A deadline passed."""
