"""Where a request came from.

The router names its client in X-Forwarded-For, a header in which it trusts nobody but the balancers it was told of.
A program inside the cluster that calls the controller directly may name any address there: limits that go by
address alone must not be the only ones.
"""

from __future__ import annotations

import ipaddress

from rest_framework.request import Request

from controller.services.audit import Origin

UNKNOWN = "unknown"


def find_address(request: Request) -> str:
    """The client's address."""
    return choose_address(request.META.get("REMOTE_ADDR", ""), request.headers.get("X-Forwarded-For", ""))


def choose_address(peer: str, forwarded: str) -> str:
    """The last address that was forwarded if it is one, else the peer's; without the zone of a local one."""
    for candidate in (forwarded.rpartition(",")[2].strip(), peer):
        try:
            return str(ipaddress.ip_address(candidate.partition("%")[0]))
        except ValueError:
            continue
    return UNKNOWN


def find_origin(request: Request) -> Origin:
    """For the trail of changes."""
    return Origin(address=find_address(request), agent=request.headers.get("User-Agent", ""))
