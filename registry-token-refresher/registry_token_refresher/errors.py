"""The family of errors raised on purpose."""

from kit.errors import PlatformError


class TokenFailed(PlatformError):
    """The provider gave no token."""
