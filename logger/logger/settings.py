"""The environment, read once. Every variable may also be given with the prefix ``LOGGER_``, which wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.settings import Reader, SettingsError

PREFIX = "LOGGER_"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Ports and sizes of the logger."""

    http_port: int = 8088
    """HTTP_PORT"""
    forward_port: int = 24224
    """FORWARD_PORT"""
    number_of_lines: int = 1000
    """Lines kept for each app; NUMBER_OF_LINES."""
    data_directory: Path | None = None
    """Where lines are kept for the case that this process is killed; DATA_DIRECTORY."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Raise ``SettingsError`` that names every malformed variable at once."""
        merged = dict(env) | {
            name.removeprefix(PREFIX): value for name, value in env.items() if name.startswith(PREFIX)
        }
        reader = Reader(merged)
        settings = cls(
            http_port=reader.integer("HTTP_PORT", 8088),
            forward_port=reader.integer("FORWARD_PORT", 24224),
            number_of_lines=reader.integer("NUMBER_OF_LINES", 1000),
            data_directory=Path(directory) if (directory := reader.text("DATA_DIRECTORY", "")) else None,
        )
        reader.finish()
        if settings.number_of_lines <= 0:
            raise SettingsError([f"Invalid ringBuffer size: {settings.number_of_lines}"])
        return settings
