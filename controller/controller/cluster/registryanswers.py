"""What a registry says no with, before it is put into words for the user (``registryimages``)."""

import json

import urllib3

from kit.errors import PlatformError


class RegistryRefused(PlatformError):
    """The registry answered with an error status."""

    def __init__(self, text: str, *, status: int, challenge: str = "", login: bool = False) -> None:
        super().__init__(text)
        self.status = status
        self.challenge = challenge
        """How it wants to be told who asks (``WWW-Authenticate``)."""
        self.login = login
        """It was the user's name and password that it did not accept."""

    @classmethod
    def parse(
        cls, status: int, body: bytes, *, challenge: str = "", login: bool = False
    ) -> "RegistryRefused":
        """Read the API's own message, or the beginning of whatever else came."""
        try:
            errors = json.loads(body).get("errors") or [{}]
            text = str(errors[0].get("message") or errors[0].get("code") or "")
        except (ValueError, AttributeError, KeyError, IndexError, TypeError):
            text = body[:200].decode(errors="replace").strip()
        return cls(text or f"status {status}", status=status, challenge=challenge, login=login)


class RegistrySilent(PlatformError):
    """No answer, or it broke off."""

    def __init__(self, text: str, *, timed_out: bool) -> None:
        super().__init__(text)
        self.timed_out = timed_out

    @classmethod
    def of(cls, error: BaseException) -> "RegistrySilent":
        reason = getattr(error, "reason", None)
        cause = reason if isinstance(reason, BaseException) else error
        refused = isinstance(cause, urllib3.exceptions.NewConnectionError)  # a kind of time-out to urllib3
        timed_out = isinstance(cause, urllib3.exceptions.TimeoutError | TimeoutError) and not refused
        return cls(str(cause).rpartition("): ")[2], timed_out=timed_out)
