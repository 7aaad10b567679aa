"""The environment, read once. Every variable may have the prefix ``WORKFLOW_MANAGER_``, which wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kit.settings import Reader

PREFIX = "WORKFLOW_MANAGER_"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where to listen, which namespace to tell about, and whom to tell."""

    port: int = 8080
    """PORT"""
    poll_interval: float = 43200.0
    """Seconds between two rounds of asking and telling the versions service; POLL_INTERVAL_SEC."""
    namespace: str = "deis"
    """DEIS_NAMESPACE"""
    versions_api_url: str = ""
    """Empty: nothing is asked or told; VERSIONS_API_URL."""
    doctor_api_url: str = ""
    """Empty: a doctor's report stays here; DOCTOR_API_URL."""
    check_versions: bool = True
    """False: what is installed is not told, newer versions are asked for all the same; CHECK_VERSIONS."""
    report_directory: Path = Path("/tmp/doctor")
    proxies: Mapping[str, str] = field(default_factory=dict)
    """Proxies to the two services, by scheme; HTTP_PROXY, HTTPS_PROXY."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Raise ``SettingsError`` that names every malformed variable at once."""
        own = {name.removeprefix(PREFIX): value for name, value in env.items() if name.startswith(PREFIX)}
        reader = Reader(dict(env) | own)
        settings = cls(
            port=reader.integer("PORT", 8080),
            poll_interval=reader.number("POLL_INTERVAL_SEC", 43200.0),
            namespace=reader.text("DEIS_NAMESPACE", "deis"),
            versions_api_url=reader.text("VERSIONS_API_URL", "").rstrip("/"),
            doctor_api_url=reader.text("DOCTOR_API_URL", "").rstrip("/"),
            check_versions=reader.boolean("CHECK_VERSIONS", True),
            proxies=read_proxies(reader),
        )
        reader.finish()
        return settings


def read_proxies(reader: Reader) -> dict[str, str]:
    proxies = {"http": reader.text("HTTP_PROXY", ""), "https": reader.text("HTTPS_PROXY", "")}
    return {scheme: address for scheme, address in proxies.items() if address}
