"""What can go wrong here, as sentences."""

from __future__ import annotations

from kit.errors import InvalidInput, PlatformError, Unavailable


class InvalidValue(InvalidInput):
    """An annotation's value that must not reach the configuration; the message ends a sentence about it."""


class InvalidCertificate(InvalidInput):
    """A certificate and key that a TLS server can not use together."""


class MissingDeployment(Unavailable):
    """The router's own Deployment, which carries its configuration, is not there."""


class ConfigRejected(PlatformError):
    """nginx's own check refused a configuration; nothing was changed. The message is nginx's."""


class ReloadFailed(Unavailable):
    """nginx did not take a checked configuration over; the old one is still in force."""


class NginxEnded(PlatformError):
    """The nginx process is gone; the container must be restarted."""
