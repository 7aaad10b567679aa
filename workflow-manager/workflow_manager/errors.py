"""What can go wrong here. Every text is for the operator, and goes out as the body of an answer or into the log."""

from __future__ import annotations

from kit.errors import InvalidInput, Unavailable


class BodyTooLarge(InvalidInput):
    """A request has more than is read."""


class LengthMissing(InvalidInput):
    """A request does not say how long it is."""


class ServiceFailed(Unavailable):
    """A service outside can't be reached, refuses, or answers what makes no sense."""
