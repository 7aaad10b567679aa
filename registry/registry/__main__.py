"""Prepares the storage and becomes the server."""

import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from kit.errors import PlatformError
from kit.logs import configure
from kit.objectstore import Location, read_location
from kit.objectstore.locations import open_location
from registry.bucket import apply_bucket
from registry.environment import build_environment
from registry.settings import FILESYSTEM, Settings

log = logging.getLogger(__name__)

PROGRAM = "registry"


def prepare(settings: Settings) -> Location | None:
    """Return where images are stored, its bucket made; ``None`` stands for the file system."""
    log.info("using %s as the backend", settings.storage)
    if settings.storage == FILESYSTEM:
        return None
    location = read_location(
        storage=settings.storage,
        credentials=settings.credentials,
        container="registry",
        endpoint=settings.endpoint,
    )
    apply_bucket(open_location(location), timeout=settings.storage_timeout)
    return location


def serve(mode: str, env: dict[str, str]) -> NoReturn:
    configuration = Path(__file__).with_name(f"{mode}.yml")
    os.execvpe(PROGRAM, [PROGRAM, "serve", str(configuration)], env)


def main() -> int:
    configure()
    log.info("Starting registry...")
    try:
        settings = Settings.from_env(os.environ)
        location = prepare(settings)
    except PlatformError as error:
        log.error("%s", error)
        return 1
    serve(settings.mode, build_environment(location, os.environ))


if __name__ == "__main__":
    sys.exit(main())
