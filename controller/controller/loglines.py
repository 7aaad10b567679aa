"""Log lines that say where they come from, for operators who look for something. Source: API specification, section 15."""

from __future__ import annotations

import logging
import re
import time

from kit.logs import SHORT

TAG = re.compile(r"\[\S+\]: ")
"""What makes the logger file a line under an app; it has to follow the level."""


class VerboseFormatter(logging.Formatter):
    """``LEVEL [app]: time module pid thread message``: time in UTC, without the tag where no app is meant."""

    converter = staticmethod(time.gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"

    def format(self, record: logging.LogRecord) -> str:
        text = super().format(record)
        tag = TAG.match(text)
        head, message = (tag[0], text[tag.end() :]) if tag else ("", text)
        level = SHORT.get(record.levelname, record.levelname)
        origin = f"{self.formatTime(record)} {record.name} {record.process} {record.thread}"
        return f"{level} {head}{origin} {message}"


def be_verbose() -> None:
    """Whatever the root logger writes to, from now on."""
    for handler in logging.getLogger().handlers:
        handler.setFormatter(VerboseFormatter("%(message)s"))
