"""What can go wrong, as sentences for the person at the terminal."""


class QuickstartError(Exception):
    """Base of every error raised on purpose. The message says what is wrong and what to do."""


class SettingsError(QuickstartError):
    """A variable of the environment makes no sense."""


class CheckFailed(QuickstartError):
    """This machine lacks something, or something on it stands in the way."""


class CommandFailed(QuickstartError):
    """A program that a step needs ended with an error."""
