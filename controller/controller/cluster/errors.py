"""What can go wrong in the cluster. Every text is for the user.

The API layer maps the classes to status codes.
"""

from kit.errors import InvalidInput, NotFound, Unavailable


class ClusterError(Unavailable):
    """Kubernetes did not do what it was asked: the specification's KubeException, 503 where nothing wraps it."""


class ClusterUnreachable(ClusterError):
    """The API server did not answer, or can't at present; what was asked may have happened all the same."""


def reword(error: ClusterError, text: str) -> ClusterError:
    """The same in other words: whoever did not answer at all is still told from who refused."""
    return ClusterUnreachable(text) if isinstance(error, ClusterUnreachable) else ClusterError(text)


class ClusterAnswerError(ClusterError):
    """The API server answered an error status: ``failed to <action>: <status> <phrase> <message>``."""

    def __init__(self, text: str, *, status: int) -> None:
        super().__init__(text)
        self.status = status


class ClusterChanged(ClusterAnswerError):
    """409: it exists already, or is no longer what it was when it was read."""


class Missing(ClusterAnswerError, NotFound):
    """The API server answered 404."""

    def __init__(self, text: str) -> None:
        super().__init__(text, status=404)


class Unmeasured(NotFound):
    """The cluster has no metrics API."""


class ProcessFailed(ClusterError):
    """A process type does not come up: why, in a sentence, with what is known about it.

    ``str()`` is everything a user should read: the sentence, the event and the last log lines.
    """

    def __init__(
        self, sentence: str, *, process_type: str = "", log_lines: tuple[str, ...] = (), event: str = ""
    ) -> None:
        self.sentence = sentence
        self.process_type = process_type
        self.log_lines = log_lines
        self.event = event
        super().__init__(_describe(sentence, log_lines=log_lines, event=event))


class DeployFailed(ClusterError):
    """A deploy ended badly; ``str()`` is the whole text for the client, its prefix ``(app::deploy): `` included."""

    def __init__(self, text: str, *, cause: str, rolled_back_to: int | None) -> None:
        super().__init__(f"(app::deploy): {text}")
        self.cause = cause
        self.rolled_back_to = rolled_back_to
        """The version that runs again, or None: there was none, or going back failed too."""


class ScaleFailed(ClusterError):
    """``(scale): <reason>``; the cluster has been asked for the old counts again."""


class RunFailed(ClusterError):
    """``<pod> (run): <reason>``; the pod is gone."""


class RegistryError(InvalidInput):
    """An image could not be looked at or copied (400 through build, config and rollback)."""


class RegistryAway(Unavailable):
    """The platform's own registry does not answer."""


class ImageForbidden(RegistryError):
    """The registry refused: wrong or missing credentials, or a reserved name."""


def _describe(sentence: str, *, log_lines: tuple[str, ...], event: str) -> str:
    parts = [sentence]
    if event and event not in sentence:
        parts.append(event)
    if log_lines:
        parts.append("The last lines of its log:")
        parts.extend(f"    {line}" for line in log_lines)
    return "\n".join(parts)
