"""Where a build's objects lie.

What one push leaves for the next, its history and its cache, lies below the app's uuid: whoever gets the name of a
destroyed app must not meet it.

Source: build specification, section 7.1; docs/decisions/repositories.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from builder.apps import App

ROOT = "home/"
_OWNER = re.compile(r"home/(?P<app>[a-z0-9-]+)(:git-[^/]*)?/")


@dataclass(frozen=True)
class SlugKeys:
    """Keys of one build of one app."""

    app: App
    short: str

    @property
    def base(self) -> str:
        return f"home/{self.app.name}:git-{self.short}"

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
        return f"{app_root(self.app)}cache"

    @property
    def cache_archive(self) -> str:
        return f"{self.cache}/cache.tgz"


def history_root(name: str) -> str:
    """Return the beginning of the keys of what pushes to apps of this name leave for the next ones."""
    return f"home/{name}/"


def app_root(app: App) -> str:
    """Return the beginning of the keys that belong to this app and to no other one of its name."""
    return f"{history_root(app.name)}{app.uuid}/"


def bundle_key(app: App) -> str:
    """The repository itself: source archives hold no history."""
    return f"{app_root(app)}repository.bundle"


def app_prefixes(name: str) -> tuple[str, str]:
    """Return the beginnings of all keys of apps of this name, and of no app whose name it begins."""
    return history_root(name), f"home/{name}:git-"


def owner_of(key: str) -> str | None:
    """Return the name of the app that a key belongs to."""
    match = _OWNER.match(key)
    return match["app"] if match else None
