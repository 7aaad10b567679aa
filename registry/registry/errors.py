"""The family of errors raised on purpose."""

from kit.errors import PlatformError


class BucketFailed(PlatformError):
    """The registry's bucket can't be made."""
