"""The family of errors raised on purpose."""

from kit.errors import PlatformError


class ProgramFailed(PlatformError):
    """One of PostgreSQL's programs ended with an error."""


class VolumeBusy(PlatformError):
    """Another server has the volume."""
