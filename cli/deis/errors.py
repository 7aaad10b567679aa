"""Errors whose text is meant for the user; ``__main__`` is the only place that prints them."""


class CliError(Exception):
    """A failed command: one sentence, shown as ``Error: {message}``, and an exit code."""

    exit_code = 1


class UsageError(CliError):
    """A command line that fits no usage. The text is printed as it is, without ``Error: ``."""

    def __init__(self, usage: str, reason: str = "") -> None:
        self.usage = usage
        self.reason = reason
        super().__init__(f"{reason}\n{usage}" if reason else usage)


class LoggedError(CliError):
    """An error that old versions wrote in the style of a log: time and message, no ``Error: ``."""


class NoMatchingCommand(CliError):
    """Neither a command nor a plugin. An unknown subcommand of a known group exits with 0."""

    def __init__(self, exit_code: int, similar: str = "") -> None:
        self.exit_code = exit_code
        text = "Found no matching command, try 'deis help'\nUsage: deis <command> [<args>...]"
        super().__init__(f"{text}\nDid you mean 'deis {similar}'?" if similar else text)


class ApiError(CliError):
    """The controller refused a request."""

    def __init__(self, status: int, message: str) -> None:
        self.status = status
        self.detail = ""
        """The controller's own sentence, if it gave one."""
        super().__init__(message)


class PodNotFound(ApiError):
    """The controller knows no such process; ``ps:restart`` says it in its own words."""


class GitError(CliError):
    """A git command that failed."""

    def __init__(self, arguments: str, stderr: str) -> None:
        self.stderr = stderr
        super().__init__(f"Error when running 'git {arguments}'\n{stderr}".rstrip("\n"))


class DeadlineOver(CliError):
    """The time that ``--deadline`` gave is over. What was begun goes on."""

    exit_code = 124

    def __init__(self, operation: dict[str, object]) -> None:
        super().__init__(
            f"the deadline is over; the operation goes on: deis operations:info {operation.get('uuid')} "
            f"-a {operation.get('app')}"
        )


class OperationAccepted(Exception):
    """No error: with ``--no-wait`` a command ends as soon as the controller has taken its wish."""

    def __init__(self, operation: dict[str, object]) -> None:
        self.operation = operation
        super().__init__(
            f"accepted, 'deis operations:info {operation.get('uuid')} -a {operation.get('app')}' tells how it goes"
        )
