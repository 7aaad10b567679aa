"""The environment, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.settings import Reader


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Which node, which logger, which places."""

    node_name: str
    """NODE_NAME"""
    namespace: str = "deis"
    """Where the controller runs; POD_NAMESPACE."""
    logger_host: str
    """DEIS_LOGGER_SERVICE_HOST"""
    logger_port: int = 24224
    """DEIS_LOGGER_SERVICE_PORT_FORWARD"""
    logs: Path = Path("/var/log/pods")
    """LOGS_DIRECTORY"""
    offsets: Path = Path("/var/lib/deis-log-shipper/offsets.json")
    """OFFSETS_FILE"""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Raise ``SettingsError`` that names every missing or malformed variable at once."""
        reader = Reader(env)
        settings = cls(
            node_name=reader.text("NODE_NAME"),
            namespace=reader.text("POD_NAMESPACE", "deis"),
            logger_host=reader.text("DEIS_LOGGER_SERVICE_HOST"),
            logger_port=reader.integer("DEIS_LOGGER_SERVICE_PORT_FORWARD", 24224),
            logs=Path(reader.text("LOGS_DIRECTORY", "/var/log/pods")),
            offsets=Path(reader.text("OFFSETS_FILE", "/var/lib/deis-log-shipper/offsets.json")),
        )
        reader.finish()
        return settings
