"""What ends a build, as the pusher reads it."""

from __future__ import annotations

from kit.errors import PlatformError


class BuildError(PlatformError):
    """Base of every error raised on purpose. ``status`` is the program's exit status."""

    def __init__(self, message: str, *, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class StepFailed(BuildError):
    """buildah ended with another status than 0; it has said why itself."""


class SourceMissing(BuildError):
    """The pushed source, or its Dockerfile, cannot be had."""


class ImageBroken(BuildError):
    """The image layout handed from build to push is not what buildah writes."""


class PushFailed(BuildError):
    """The registry did not take the image."""
