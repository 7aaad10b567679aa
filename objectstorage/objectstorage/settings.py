"""What the environment and the mounted Secret say."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.settings import Reader, Secret


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that may differ between installations."""

    access_key: str
    secret_key: Secret
    data_dir: Path = Path("/var/lib/objectstorage")
    """The volume; DATA_DIR."""
    listen: str = ":9000"
    """Address and port; LISTEN."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Raise ``SettingsError`` that names everything missing or malformed at once."""
        reader = Reader(env)
        credentials = Path(reader.text("CREDENTIALS_DIR", "/var/run/secrets/deis/objectstore/creds"))
        settings = cls(
            access_key=reader.file_text(credentials / "accesskey"),
            secret_key=reader.file_secret(credentials / "secretkey"),
            data_dir=Path(reader.text("DATA_DIR", str(cls.data_dir))),
            listen=reader.text("LISTEN", cls.listen),
        )
        reader.finish()
        return settings
