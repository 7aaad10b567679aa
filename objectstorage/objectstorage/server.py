"""VersityGW's command line and environment."""

from collections.abc import Mapping
from pathlib import Path

from objectstorage.settings import Settings

PROGRAM = "versitygw"
REGION = "us-east-1"
HEALTH = "/healthz"


def build_command(settings: Settings, *, root: Path, attributes: Path | None) -> list[str]:
    """Return the command; it holds no secret."""
    argv = [
        PROGRAM,
        "--port",
        settings.listen,
        "--region",
        REGION,
        "--health",
        HEALTH,
        "--quiet",
        "--keep-alive",
    ]
    argv += ["posix"]
    if attributes is not None:
        argv += ["--sidecar", str(attributes)]
    return [*argv, str(root)]


def build_environment(settings: Settings, env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with the credentials of the one account."""
    return {
        **env,
        "ROOT_ACCESS_KEY_ID": settings.access_key,
        "ROOT_SECRET_ACCESS_KEY": settings.secret_key.reveal(),
    }
