"""What can go wrong, in words for the person at the terminal."""


class DevclusterError(Exception):
    """Base of every error raised on purpose. The message is for the user."""


class UnsupportedMachine(DevclusterError):
    """This machine can not run the cluster; nothing was changed."""


class PortTaken(UnsupportedMachine):
    """Another program listens where the cluster has to."""


class NetworkUnreachable(DevclusterError):
    """Something has to be fetched and can not be."""


class CommandFailed(DevclusterError):
    """A program that was called ended with an error."""


class DeadlineExceeded(DevclusterError):
    """Something that was waited for did not happen in time."""


class ClusterBroken(DevclusterError):
    """A part of the cluster does not run although it was started."""


class ClusterDown(DevclusterError):
    """The command needs a cluster or a registry that is not running."""


class ApiError(DevclusterError):
    """The API server refused a request."""

    def __init__(self, message: str, *, code: int) -> None:
        super().__init__(message)
        self.code = code


class InvalidImageName(DevclusterError):
    """The text does not name an image."""


class SettingsError(DevclusterError):
    """Environment variables that can not be understood."""
