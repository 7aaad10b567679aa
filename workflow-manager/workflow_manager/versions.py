"""Which versions there are, and telling which are installed: at start, then every period.

Source: platform specification, 12.2.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from kit.errors import PlatformError

from .components import Component
from .errors import ServiceFailed
from .services import Service

log = logging.getLogger(__name__)

TRAIN = "stable"
_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)")


class Versions:
    """What the versions service said last: the newest version of each component, by name."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._available: Mapping[str, str] = {}

    @property
    def available(self) -> Mapping[str, str]:
        return self._available

    def refresh(self, components: list[Component]) -> None:
        """Ask again. What was known stays if there is no answer.

        Raises:
            ServiceFailed: there is none, or it makes no sense.
        """
        answer = self._service.post("/v3/versions/latest", build_query(components))
        self._available = parse_latest(answer)
        for component in components:
            name = component["component"]["name"]
            if name not in self._available:
                log.warning("latest version not available for %s", name)

    def send(self, cluster: Mapping[str, Any]) -> None:
        """Tell what is installed.

        Raises:
            ServiceFailed: the service did not take it.
        """
        self._service.post("/v3/clusters", cluster)


def build_query(components: list[Component]) -> dict[str, Any]:
    return {
        "data": [
            {"component": {"name": component["component"]["name"]}, "version": {"train": TRAIN}}
            for component in components
        ]
    }


def parse_latest(answer: Any) -> dict[str, str]:
    """Return versions by the component's name.

    Raises:
        ServiceFailed: the answer makes no sense.
    """
    try:
        return {str(entry["component"]["name"]): str(entry["version"]["version"]) for entry in answer["data"]}
    except (KeyError, TypeError) as error:
        raise ServiceFailed(f"the versions service's answer makes no sense: {error!r}") from error


def is_newer(version: str, than: str) -> bool:
    """Compare major, minor and patch as numbers; what has none of them is not newer and nothing is newer."""
    first, second = _VERSION.match(version), _VERSION.match(than)
    if first is None or second is None:
        return False
    return tuple(map(int, first.groups())) > tuple(map(int, second.groups()))


def mark_updates(components: list[Component], available: Mapping[str, str]) -> list[Component]:
    """Return the components, with ``updateAvailable`` where a newer version is known."""
    return [
        mark_update(component, available.get(component["component"]["name"], "")) for component in components
    ]


def mark_update(component: Component, version: str) -> Component:
    newer = is_newer(version, component["version"]["version"])
    return {**component, "updateAvailable": version} if newer else component


def run_jobs(jobs: list[Callable[[], None]], *, period: float, stopped: threading.Event) -> None:
    """Do each job now and then every ``period`` seconds; one that fails does not keep the others from it."""
    while not stopped.is_set():
        for job in jobs:
            try:
                job()
            except PlatformError as error:
                log.warning("periodic job ran and returned error (%s)", error)
        stopped.wait(period)
