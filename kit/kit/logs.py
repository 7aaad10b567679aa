"""Log lines as the logger files them: ``LEVEL message``; ``LEVEL [app]: message`` if they are about an app.

Source: platform specification, the controller's own log lines.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO

SHORT = {"WARNING": "WARN", "CRITICAL": "ERROR"}


class LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        level = SHORT.get(record.levelname, record.levelname)
        return f"{level} {super().format(record)}"


def configure(level: str | int = "INFO", *, stream: TextIO | None = None) -> None:
    """Send everything from ``level`` up to stderr, in our form. Safe to call twice."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(LineFormatter("%(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper() if isinstance(level, str) else level)


def app_line(level: str, app: str, message: str) -> str:
    """Return ``message`` in the form by which the logger files it under ``app``, line by line."""
    name = SHORT.get(level.upper(), level.upper())
    return "\n".join(f"{name} [{app}]: {line}" for line in message.splitlines() or [""])


class AppLogger:
    """A logger whose lines are about an app; a message of several lines becomes as many lines, all filed."""

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def debug(self, app: str, message: str, *args: object) -> None:
        self.log(logging.DEBUG, app, message, *args)

    def info(self, app: str, message: str, *args: object) -> None:
        self.log(logging.INFO, app, message, *args)

    def warning(self, app: str, message: str, *args: object) -> None:
        self.log(logging.WARNING, app, message, *args)

    def error(self, app: str, message: str, *args: object) -> None:
        self.log(logging.ERROR, app, message, *args)

    def log(self, level: int, app: str, message: str, *args: object) -> None:
        if not self._logger.isEnabledFor(level):
            return
        text = message % args if args else message
        for line in text.splitlines() or [""]:
            self._logger.log(level, "[%s]: %s", app, line)


def app_logger(name: str) -> AppLogger:
    return AppLogger(logging.getLogger(name))
