"""What the environment and the mounted Secret say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.settings import Reader, Secret

MAJOR = "17"
NAME = re.compile(r"(?!pg_)[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}")


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that may differ between installations."""

    user: str
    """The controller's role; the file ``user`` of the Secret ``database-creds``."""
    password: Secret
    """Its password, applied at every start; the file ``password``."""
    database: str
    """The database that the role owns; POSTGRES_DB, else the role's name."""
    volume: Path = Path("/var/lib/postgresql/data")
    """Where the volume is mounted; DATA_DIR."""
    run_dir: Path = Path("/tmp/postgresql")
    """Where the socket lies, and nothing else; RUN_DIR."""
    listen_addresses: str = "*"
    """LISTEN_ADDRESSES."""
    port: int = 5432
    """PORT."""

    @property
    def data(self) -> Path:
        """PostgreSQL's own directory: below the mount, so that it can be renamed there and belong to its user."""
        return self.volume / MAJOR

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Raise ``SettingsError`` that names everything missing or malformed at once."""
        reader = Reader(env)
        credentials = Path(reader.text("CREDENTIALS_DIR", "/var/run/secrets/deis/database/creds"))
        user = reader.file_text(credentials / "user")
        settings = cls(
            user=user,
            password=reader.file_secret(credentials / "password"),
            database=reader.text("POSTGRES_DB", user),
            volume=Path(reader.text("DATA_DIR", str(cls.volume))),
            run_dir=Path(reader.text("RUN_DIR", str(cls.run_dir))),
            listen_addresses=reader.text("LISTEN_ADDRESSES", cls.listen_addresses),
            port=reader.integer("PORT", cls.port),
        )
        check_names(reader, settings)
        reader.finish()
        return settings


def check_names(reader: Reader, settings: Settings) -> None:
    """Reject what can't be a role, a database or a password."""
    for what, name in (("the file user", settings.user), ("POSTGRES_DB", settings.database)):
        if name and not NAME.fullmatch(name):
            reader.reject(what, "must be letters, digits, - _ or . (63 at most), and not begin with pg_")
    if settings.database in ("template0", "template1"):
        reader.reject("POSTGRES_DB", f"is {settings.database}, which PostgreSQL keeps for itself")
    if not settings.password or not settings.password.reveal().isprintable():
        reader.reject("the file password", "must have a line of printable text")
