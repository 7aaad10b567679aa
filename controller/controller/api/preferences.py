"""What a client would rather have: the Prefer header. Source: RFC 7240."""

from __future__ import annotations

from collections.abc import Mapping

from rest_framework.request import Request

LONGEST = 1190.0


def parse_preferences(header: str) -> Mapping[str, str]:
    """Preferences by name with their values; the first of a name counts, parameters are left out."""
    found: dict[str, str] = {}
    for part in header.split(","):
        name, _, value = part.split(";")[0].partition("=")
        if name.strip():
            found.setdefault(name.strip().lower(), value.strip().strip('"'))
    return found


def wants_no_wait(request: Request) -> bool:
    return get_patience(request) == 0


def get_patience(request: Request) -> float | None:
    """Seconds that the client waits for the end before it takes 202; None: it waits for the end, however long."""
    preferences = parse_preferences(request.headers.get("Prefer", ""))
    if "respond-async" not in preferences:
        return None
    wait = preferences.get("wait", "")
    return min(float(wait), LONGEST) if wait.isdecimal() else 0.0
