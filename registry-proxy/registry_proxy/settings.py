"""What the environment and the mounted Secret say."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.settings import Reader, Secret


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that may differ between installations."""

    registry_host: str
    """REGISTRY_HOST."""
    username: str
    password: Secret
    registry_port: int = 80
    """REGISTRY_PORT; the chart says 5001, where the registry lets nodes read."""
    bind_address: str = "127.0.0.1:5555"
    """Address and port, or a port alone; BIND_ADDR."""
    resolv_conf: Path = Path("/etc/resolv.conf")
    """Names the servers that know the registry's address; RESOLV_CONF."""
    run_dir: Path = Path("/tmp/registry-proxy")
    """Where nginx has its configuration, process id and buffers; RUN_DIR."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Raise ``SettingsError`` that names everything missing or malformed at once."""
        reader = Reader(env)
        credentials = Path(reader.text("CREDENTIALS_DIR", "/var/run/secrets/deis/registry-node-auth"))
        settings = cls(
            registry_host=reader.text("REGISTRY_HOST"),
            registry_port=reader.integer("REGISTRY_PORT", cls.registry_port),
            bind_address=reader.text("BIND_ADDR", cls.bind_address),
            username=reader.file_text(credentials / "username"),
            password=reader.file_secret(credentials / "password"),
            resolv_conf=Path(reader.text("RESOLV_CONF", str(cls.resolv_conf))),
            run_dir=Path(reader.text("RUN_DIR", str(cls.run_dir))),
        )
        reader.finish()
        return settings
