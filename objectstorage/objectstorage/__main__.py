"""Prepares the volume and becomes the server."""

import os
import sys
from typing import NoReturn

from kit.errors import PlatformError
from objectstorage.server import build_command, build_environment
from objectstorage.settings import Settings
from objectstorage.volume import apply_volume


def serve(command: list[str], env: dict[str, str]) -> NoReturn:
    os.execvpe(command[0], command, env)


def main() -> int:
    try:
        settings = Settings.from_env(os.environ)
        root, attributes = apply_volume(settings.data_dir)
    except PlatformError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    serve(build_command(settings, root=root, attributes=attributes), build_environment(settings, os.environ))


if __name__ == "__main__":
    sys.exit(main())
