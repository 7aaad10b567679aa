"""Failed logins are slowed down by user and address, in PostgreSQL, so that every process counts the same.

Each bucket leaks: so many failures at once, then one more each so many seconds, however many are tried at the
same time. What is refused here was never compared with a password and does not count.

* One user from one address: somebody who guesses a password.
* One user from wherever that user has not logged in of late: many addresses that guess one password. The user
  is let in from the usual places meanwhile.
* One address, for users who have not logged in from it of late: one address that tries a password on everybody.
  A hundred people behind one address stay below it.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection

from controller.errors import TooManyFailures

IPV6_PREFIX = 64
"""What one customer of a provider has at least: addresses below it count as one."""
KNOWN_DAYS = 30
"""How long a successful login makes an address a usual one, and how long a bucket is kept."""

READ = f"""
    SELECT name, level, extract(epoch FROM now() - updated)::float8,
           coalesce(succeeded > now() - interval '{KNOWN_DAYS} days', false)
    FROM deis_login_bucket WHERE name = ANY(%s)
"""
FAIL = """
    INSERT INTO deis_login_bucket AS b (name, level, updated) VALUES (%s, 1, now())
    ON CONFLICT (name) DO UPDATE SET updated = now(),
      level = greatest(0, b.level - extract(epoch FROM now() - b.updated) / %s) + 1
"""
SUCCEED = """
    INSERT INTO deis_login_bucket (name, level, updated, succeeded) VALUES (%s, 0, now(), now())
    ON CONFLICT (name) DO UPDATE SET level = 0, updated = now(), succeeded = now()
"""
FORGET = f"""
    DELETE FROM deis_login_bucket WHERE name IN (
      SELECT name FROM deis_login_bucket WHERE updated < now() - interval '{KNOWN_DAYS} days'
      LIMIT 100 FOR UPDATE SKIP LOCKED)
"""


@dataclass(frozen=True)
class Limit:
    failures: int
    """At once."""
    drain: float
    """Seconds until one more is let through."""


PAIR = Limit(10, 60.0)
USER = Limit(50, 60.0)
ADDRESS = Limit(1000, 1.0)


@dataclass(frozen=True)
class Reading:
    level: float
    idle: float
    """Seconds since the level was that."""
    is_known: bool


EMPTY = Reading(0.0, 0.0, is_known=False)


def compute_wait(reading: Reading, limit: Limit) -> float:
    """Seconds until there is room for one more failure."""
    left = max(0.0, reading.level - reading.idle / limit.drain)
    return max(0.0, (left - limit.failures + 1) * limit.drain)


def group_address(address: str) -> str:
    """The address, or the network whose addresses count as one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, IPV6_PREFIX), strict=False))
    return str(parsed)


@dataclass(frozen=True)
class Buckets:
    """Names of the three."""

    pair: str
    user: str
    address: str


def name_buckets(username: str, address: str) -> Buckets:
    group = group_address(address)
    return Buckets(
        pair=_digest("pair", username, group),
        user=_digest("user", username),
        address=_digest("address", group),
    )


def _digest(*words: str) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def require_room(username: str, *, address: str) -> None:
    """Before a password is looked at.

    Raises:
        TooManyFailures: it must wait.
    """
    names = name_buckets(username, address)
    found = read_buckets(names)
    pair = found.get(names.pair, EMPTY)
    wait = compute_wait(pair, PAIR)
    if not pair.is_known:
        wait = max(
            wait,
            compute_wait(found.get(names.user, EMPTY), USER),
            compute_wait(found.get(names.address, EMPTY), ADDRESS),
        )
    if wait > 0:
        raise TooManyFailures(math.ceil(wait))


def read_buckets(names: Buckets) -> Mapping[str, Reading]:
    with connection.cursor() as cursor:
        cursor.execute(READ, [[names.pair, names.user, names.address]])
        rows = cursor.fetchall()
    return {name: Reading(level, idle, is_known=known) for name, level, idle, known in rows}


def record_failure(username: str, *, address: str) -> None:
    names = name_buckets(username, address)
    with connection.cursor() as cursor:
        for name, limit in ((names.pair, PAIR), (names.user, USER), (names.address, ADDRESS)):
            cursor.execute(FAIL, [name, limit.drain])


def record_success(username: str, *, address: str) -> None:
    """The user's failures from there are forgotten, and the address is a usual one."""
    with connection.cursor() as cursor:
        cursor.execute(SUCCEED, [name_buckets(username, address).pair])
        cursor.execute(FORGET)
