"""What the environment and the mounted Secret say."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kit.settings import Reader, Secret

ECR, GCR = "ecr", "gcr"
TOKEN_MINUTES = {ECR: 11 * 60, GCR: 25}
"""How often a token is fetched unless the installation says otherwise: ECR's last 12 hours, Google's one."""


NO_SECRET = Secret("")


@dataclass(frozen=True, kw_only=True)
class EcrAccount:
    """Who asks Amazon. Without keys: the environment's, a shared file's or the node's own role."""

    region: str
    access_key: str = ""
    secret_key: Secret = NO_SECRET
    registry_id: str = ""


@dataclass(frozen=True, kw_only=True)
class GcrAccount:
    """Who asks Google."""

    key_file: Path


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that may differ between installations."""

    account: EcrAccount | GcrAccount
    """From the Secret ``registry-secret``, by DEIS_REGISTRY_LOCATION."""
    hostname: str = ""
    """Of the registry; empty: the provider's own."""
    secret_name: str
    """``<DEIS_REGISTRY_SECRET_PREFIX>-<DEIS_REGISTRY_LOCATION>``."""
    namespace: str = "deis"
    """The platform's own, where the builder reads the Secret; POD_NAMESPACE."""
    selector: str = "heritage=deis"
    """Labels of the namespaces that get the Secret."""
    namespace_interval: float
    """Seconds between two looks for new namespaces; DEIS_NAMESPACE_REFRESH_TIME."""
    token_interval: float
    """Seconds between two tokens; DEIS_TOKEN_REFRESH_TIME, in minutes."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Raise ``SettingsError`` that names everything missing or malformed at once."""
        reader = Reader(env)
        location = reader.text("DEIS_REGISTRY_LOCATION")
        if location and location not in TOKEN_MINUTES:
            reader.reject("DEIS_REGISTRY_LOCATION", f"is {location!r}: invalid registry type")
        prefix = reader.text("DEIS_REGISTRY_SECRET_PREFIX", "private-registry")
        credentials = Path(reader.text("CREDENTIALS_DIR", "/var/run/secrets/deis/registry/creds"))
        minutes = reader.number("DEIS_TOKEN_REFRESH_TIME", float(TOKEN_MINUTES.get(location, 1)))
        settings = cls(
            account=read_gcr(reader, credentials) if location == GCR else read_ecr(reader, credentials),
            hostname=reader.file_text(credentials / "hostname", ""),
            secret_name=f"{prefix}-{location}",
            namespace=reader.text("POD_NAMESPACE", cls.namespace),
            namespace_interval=float(reader.integer("DEIS_NAMESPACE_REFRESH_TIME")),
            token_interval=minutes * 60,
        )
        reader.finish()
        return settings


def read_ecr(reader: Reader, credentials: Path) -> EcrAccount:
    region = reader.file_text(credentials / "region", "")
    if not region:
        reader.reject("ecr:", "No region parameter provided")
    return EcrAccount(
        region=region,
        access_key=reader.file_text(credentials / "accesskey", ""),
        secret_key=reader.file_secret(credentials / "secretkey", NO_SECRET),
        registry_id=reader.file_text(credentials / "registryid", ""),
    )


def read_gcr(reader: Reader, credentials: Path) -> GcrAccount:
    key_file = credentials / "key.json"
    reader.file_text(key_file)
    return GcrAccount(key_file=key_file)
