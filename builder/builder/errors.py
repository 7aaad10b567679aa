"""Errors of the builder. Texts in a push's way are those of the build specification, section 13."""

from __future__ import annotations

from kit.errors import Conflict, InvalidInput, PlatformError, Timeout, Unavailable


class InvalidRepo(InvalidInput):
    """A git command names no repository, or one outside of the git home."""


class RepositoryBusy(Conflict):
    """Another operation holds the repository."""


class RepositoryBroken(PlatformError):
    """The repository can't be made, restored or read."""


class GitFailed(PlatformError):
    """A git process ended badly; ``status`` is its own."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class ReceiveError(PlatformError):
    """Refuses a push; the message stands inside ``Error running git receive hook [...]``."""


class ControllerError(ReceiveError):
    """The controller refused; ``status`` is its own."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


class ControllerUnreachable(ReceiveError, Unavailable):
    """The controller did not answer in time."""


class BuildFailed(ReceiveError):
    """The build pod ended badly; its log says why."""


class PodTimeout(ReceiveError, Timeout):
    """The build pod did not get on in time."""


class Cancelled(ReceiveError):
    """The push held its repository for too long, or the builder is about to stop."""


class HostKeyError(PlatformError):
    """A host key is missing or can't be read."""


class SignatureKeyError(PlatformError):
    """The key that signs registry tokens can't be read."""
