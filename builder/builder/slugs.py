"""Where a build's objects lie.

Source: build specification, section 7.1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

ROOT = "home/"
_OWNER = re.compile(r"home/(?P<app>[a-z0-9-]+)(:git-[^/]*)?/")


@dataclass(frozen=True)
class SlugKeys:
    """Keys of one build of one app."""

    app: str
    short: str

    @property
    def base(self) -> str:
        return f"home/{self.app}:git-{self.short}"

    @property
    def tar(self) -> str:
        return f"{self.base}/tar"

    @property
    def push(self) -> str:
        return f"{self.base}/push"

    @property
    def slug(self) -> str:
        return f"{self.push}/slug.tgz"

    @property
    def procfile(self) -> str:
        return f"{self.push}/Procfile"

    @property
    def cache(self) -> str:
        return f"home/{self.app}/cache"

    @property
    def cache_archive(self) -> str:
        return f"{self.cache}/cache.tgz"


def bundle_key(app: str) -> str:
    """The repository itself: source archives hold no history."""
    return f"home/{app}/repository.bundle"


def app_prefixes(app: str) -> tuple[str, str]:
    """Return the beginnings of all keys that belong to ``app``, and to no app whose name it begins."""
    return f"home/{app}/", f"home/{app}:git-"


def owner_of(key: str) -> str | None:
    """Return the app that a key belongs to."""
    match = _OWNER.match(key)
    return match["app"] if match else None
