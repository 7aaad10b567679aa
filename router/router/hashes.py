"""Sizes for nginx's hash tables, computed from what goes in.

nginx refuses the whole file if one key does not fit into a bucket, so that with fixed sizes one long host name
would stop every update. And it looks for a fitting table by trying one size after the other: a generous maximum
above 10,000 makes it begin near the end, and the first try fits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CACHE_LINE = 64
POINTER = 8
SMALLEST_BUCKET = 2 * CACHE_LINE
MANY = 1000


@dataclass(frozen=True)
class HashSize:
    max_size: int
    bucket_size: int


def plan_hash(keys: Iterable[str]) -> HashSize:
    """Return sizes with which nginx can hold ``keys`` in one table, and in every smaller one."""
    count = longest = 0
    for key in keys:
        count += 1
        longest = max(longest, len(key))
    element = POINTER + align(longest + 2, POINTER)
    bucket = max(SMALLEST_BUCKET, align(element + POINTER, CACHE_LINE))
    return HashSize(max_size=2048 if count < MANY else max(10_240, 2 * count), bucket_size=bucket)


def align(size: int, unit: int) -> int:
    return -(-size // unit) * unit
