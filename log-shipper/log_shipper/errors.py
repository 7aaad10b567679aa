"""Errors of the log shipper."""

from kit.errors import Unavailable


class LoggerUnavailable(Unavailable):
    """The logger did not acknowledge a chunk. The lines stay in their files; they are sent again."""
