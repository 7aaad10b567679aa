"""Without an argument: becomes the server. ``ready``: succeeds when it takes connections."""

import logging
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from database.datadirectory import apply_data_directory, apply_lock, apply_run_directory
from database.server import build_ready_command, build_server_command
from database.settings import Settings
from kit.errors import PlatformError
from kit.logs import configure

log = logging.getLogger(__name__)


def become(argv: list[str]) -> NoReturn:
    os.execvp(argv[0], argv)


def main(arguments: Sequence[str]) -> int:
    configure()
    if list(arguments) not in ([], ["ready"]):
        log.error("usage: python -m database [ready]")
        return 2
    try:
        settings = Settings.from_env(os.environ)
        if arguments:
            become(build_ready_command(settings))
        apply_lock(settings)
        apply_run_directory(settings)
        apply_data_directory(settings)
    except PlatformError as error:
        log.error("%s", error)
        return 1
    become(build_server_command(settings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
