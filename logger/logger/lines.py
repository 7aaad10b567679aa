"""From a container's log record to the line that `deis logs` shows.

Source: platform specification, 3.3 and 3.4.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import InvalidMessage

CONTROLLER = "deis-controller"
CONTROLLER_LINE = re.compile(r"^(INFO|WARN|DEBUG|ERROR)\s+(\[(\S+)\])+:(.*)", re.DOTALL)
POD_NAME = re.compile(r"(\w.*)-(\w.*)-(\w.*)-(\w.*)")
TIME = re.compile(r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:\d\d)$")


@dataclass(frozen=True)
class Source:
    """Where a line stood: a file of a node, and the bytes before it. Repeats have the same one."""

    file: str
    offset: int


@dataclass(frozen=True)
class Line:
    """One line of one app's buffer."""

    app: str
    text: str
    source: Source | None = None
    process: str = ""
    """Process type; empty for the platform's own lines."""

    @property
    def moment(self) -> datetime:
        """When it was written, to the second."""
        return datetime.fromisoformat(self.text.split(" ", 1)[0])


def parse_record(record: dict[str, Any]) -> Line | None:
    """The line of a record; None for what belongs to no app: unlabelled pods, the controller's other messages.

    Raises:
        InvalidMessage: what tells the pod and its labels is no mapping.
    """
    kubernetes = get_mapping(record, "kubernetes")
    time, message = format_time(str(record.get("time", ""))), str(record.get("log", "")).removesuffix("\n")
    if not time:
        return None
    source = parse_source(record.get("source"))
    if str(kubernetes.get("container_name", "")) == CONTROLLER:
        found = CONTROLLER_LINE.match(message)
        if not found:
            return None
        level, app, text = found.group(1), found.group(3), found.group(4).strip()
        return Line(app, f"{time} deis[controller]: {level} {text}", source)
    labels = {name: str(value) for name, value in get_mapping(kubernetes, "labels").items() if value}
    if not labels.get("app"):
        return None
    tag = build_tag(labels, str(kubernetes.get("pod_name", "")))
    text = f"{time} {labels['app']}[{tag}]: {message}"
    return Line(labels["app"], text, source, str(labels.get("type", "")))


def get_mapping(record: dict[str, Any], name: str) -> dict[str, Any]:
    found = record.get(name) or {}
    if not isinstance(found, dict):
        raise InvalidMessage(f"A record's {name} are a mapping of names to values.")
    return found


def build_tag(labels: dict[str, str], pod_name: str) -> str:
    """``web.v2.nzf60``; without the last part for pod names of fewer than three dashes."""
    tag = f"{labels.get('type', '')}.{labels.get('version', '')}"
    found = POD_NAME.match(pod_name)
    return f"{tag}.{found.group(4)}" if found else tag


def format_time(text: str) -> str:
    """Seconds and a numeric offset, never ``Z``; empty if the text is no RFC 3339 time."""
    found = TIME.match(text)
    if not found:
        return ""
    return found.group(1) + ("+00:00" if found.group(2) == "Z" else found.group(2))


def parse_source(source: Any) -> Source | None:
    try:
        return Source(str(source["file"]), int(source["offset"]))
    except (TypeError, KeyError, ValueError):
        return None
