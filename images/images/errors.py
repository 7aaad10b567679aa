"""The family of errors raised on purpose. Each message is a sentence for the user."""


class ImagesError(Exception):
    """Base of every error raised on purpose."""


class SettingsError(ImagesError):
    """The environment does not fit."""


class UnknownImage(ImagesError):
    """No directory makes an image of that name."""


class InvalidDockerfile(ImagesError):
    """A Dockerfile names an image or a file that does not exist, or images build on each other in a circle."""


class BuildFailed(ImagesError):
    """A build, or a program that it needs, ended with an error."""


class PushFailed(ImagesError):
    """A registry did not take an image."""
