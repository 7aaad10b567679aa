"""What ends a build, as the pusher reads it."""


class BuildError(Exception):
    """Base of every error raised on purpose. ``status`` is the program's exit status."""

    def __init__(self, message: str, *, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


class StepFailed(BuildError):
    """A program of the buildpack or the app ended with another status than 0; it has said why itself."""


class TransferFailed(BuildError):
    """Object storage did not give or take a file."""
