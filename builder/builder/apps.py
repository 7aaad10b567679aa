"""What the builder knows an app by."""

from __future__ import annotations

from dataclasses import dataclass

from kit.names import AppName


@dataclass(frozen=True, order=True, kw_only=True)
class App:
    """An app. Its name can be given to another one after it was destroyed, its uuid never is."""

    name: AppName
    uuid: str

    def __str__(self) -> str:
        return self.name
