"""The family of errors raised on purpose."""

from kit.errors import PlatformError


class VolumeUnusable(PlatformError):
    """The volume can't be written."""
