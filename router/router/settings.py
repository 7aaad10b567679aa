"""The router's settings: what comes from the environment. Its configuration proper is annotations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kit.settings import Reader


@dataclass(frozen=True, kw_only=True)
class Settings:
    namespace: str = "default"
    """POD_NAMESPACE: where the router's Deployment, the builder's Service and the platform's certificate are."""
    nginx: str = "nginx"
    """NGINX_PROGRAM: where it is. (nginx takes the variable NGINX for inherited sockets.)"""
    directory: str = "/tmp/router"
    """ROUTER_DIRECTORY: configuration, certificates and request bodies; must be writable."""
    shutdown_delay: float = 5.0
    """SHUTDOWN_DELAY, in milliseconds: how long to serve on after SIGTERM, until no new connection is sent here."""
    shutdown_timeout: float = 45.0
    """SHUTDOWN_TIMEOUT, in milliseconds: how long open connections may then take to end."""
    log_level: str = "INFO"
    """LOG_LEVEL."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Raise ``SettingsError`` that names every malformed variable at once."""
        reader = Reader(env)
        settings = cls(
            namespace=reader.text("POD_NAMESPACE", "default"),
            nginx=reader.text("NGINX_PROGRAM", "nginx"),
            directory=reader.text("ROUTER_DIRECTORY", "/tmp/router"),
            shutdown_delay=reader.duration_ms("SHUTDOWN_DELAY", 5.0),
            shutdown_timeout=reader.duration_ms("SHUTDOWN_TIMEOUT", 45.0),
            log_level=reader.choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO"),
        )
        reader.finish()
        return settings
