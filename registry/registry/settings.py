"""What the environment says, and where the credentials are mounted."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.objectstore.locations import IN_CLUSTER, STORAGES
from kit.settings import Reader

FILESYSTEM = "filesystem"
PUSH, NODES = "push", "nodes"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that may differ between installations."""

    mode: str
    """``push``: each client has a token for its repository. ``nodes``: read-only, a password; REGISTRY_MODE."""
    storage: str = FILESYSTEM
    """REGISTRY_STORAGE."""
    credentials: Path = Path("/var/run/secrets/deis/registry/creds")
    """Where the Secret ``objectstorage-keyfile`` is mounted."""
    endpoint: str | None = None
    """``http://host:port`` of the in-cluster object storage."""
    storage_timeout: float = 300.0
    """Seconds to wait for the object storage at start; STORAGE_TIMEOUT."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Raise ``SettingsError`` that names everything missing or malformed at once."""
        reader = Reader(env)
        mode = reader.choice("REGISTRY_MODE", (PUSH, NODES))
        storage = reader.choice("REGISTRY_STORAGE", (FILESYSTEM, *STORAGES), FILESYSTEM)
        settings = cls(
            mode=mode,
            storage=storage,
            credentials=Path(reader.text("CREDENTIALS_DIR", str(cls.credentials))),
            endpoint=read_endpoint(reader, required=storage in (IN_CLUSTER, "minio")),
            storage_timeout=reader.number("STORAGE_TIMEOUT", cls.storage_timeout),
        )
        reader.finish()
        return settings


def read_endpoint(reader: Reader, *, required: bool) -> str | None:
    """Read the address of the in-cluster storage, by its present or its old name."""
    host = reader.text("DEIS_OBJECTSTORAGE_SERVICE_HOST", None) or reader.text(
        "DEIS_MINIO_SERVICE_HOST", None
    )
    port = reader.integer("DEIS_OBJECTSTORAGE_SERVICE_PORT", None) or reader.integer(
        "DEIS_MINIO_SERVICE_PORT", 9000
    )
    if host:
        return f"http://{host}:{port}"
    if required:
        reader.reject("DEIS_OBJECTSTORAGE_SERVICE_HOST", "is missing")
    return None
