"""Errors of the logger."""

from kit.errors import PlatformError


class InvalidMessage(PlatformError):
    """What came over the forward protocol is not what that protocol says."""
