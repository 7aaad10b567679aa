"""What the services act with, made once a process and handed to whatever needs it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from controller.cluster.environment import StorageFacts
from controller.cluster.facade import Cluster
from controller.cluster.images import RegistryFacts
from controller.cluster.registryimages import RegistryImages
from controller.operations.engine import Engine
from controller.services.directory import Directory
from controller.services.logs import LogQuery
from controller.services.slugs import SlugTokens
from controller.settings import Settings


class LogStore(Protocol):
    """The logger."""

    def read(self, query: LogQuery) -> str | None: ...

    def purge(self, app: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Tools:
    settings: Settings
    cluster: Cluster
    images: RegistryImages
    logs: LogStore
    slugs: SlugTokens
    send_hooks: Callable[[Mapping[str, str]], None]
    """Tells the operator's URLs of a new release, in its own time."""
    directory: Directory | None = None
    """Asked for passwords first, if there is one."""
    random: random.Random = field(default_factory=random.SystemRandom)

    @property
    def registry(self) -> RegistryFacts:
        registry = self.settings.registry
        return RegistryFacts(host=registry.host, port=registry.port, location=registry.location)

    @property
    def storage(self) -> StorageFacts:
        storage = self.settings.storage
        return StorageFacts(storage=storage.storage, host=storage.host, port=storage.port)


@dataclass(frozen=True, kw_only=True)
class Platform:
    """Everything a view may ask for."""

    tools: Tools
    engine: Engine
