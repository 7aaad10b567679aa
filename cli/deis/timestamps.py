"""Dates of certificates.

Source: cli specification, sections 5.2 and 10.18.
"""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def parse_timestamp(text: Any) -> datetime | None:
    """With ``Z``, an offset, a zone's name or nothing behind it; unreadable ones count as absent."""
    match = re.match(
        r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d|[A-Z]{3,4})?$",
        text if isinstance(text, str) else "",
    )
    if match is None:
        return None
    moment, zone = match.groups()
    if zone and zone[0] in "+-":
        return datetime.strptime(f"{moment}{zone.replace(':', '')}", "%Y-%m-%dT%H:%M:%S%z")
    return datetime.strptime(moment, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)


def render_date(moment: datetime | None) -> str:
    """``2 Jan 2006``, months in English whatever the locale."""
    if moment is None:
        return "unknown"
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def render_expiry(moment: datetime | None, *, now: datetime) -> str:
    """The date and how far away it is, by the plain differences of year, month and day."""
    if moment is None:
        return render_date(None)
    if moment < now:
        return f"{render_date(moment)} (expired)"
    for unit, distance in (
        ("year", moment.year - now.year),
        ("month", moment.month - now.month),
        ("day", moment.day - now.day),
    ):
        if distance > 0 or (unit == "day" and distance):
            return f"{render_date(moment)} (in {distance} {unit}{'' if distance == 1 else 's'})"
    return f"{render_date(moment)} (in)"
