"""The router's process: it supervises nginx and keeps its configuration up to date."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from kit import logs
from kit.errors import PlatformError
from kit.kube import Kube
from kit.settings import SettingsError
from router.cpus import count_workers
from router.edge import Edge
from router.place import Place
from router.settings import Settings

log = logging.getLogger(__name__)

LOOKUP_TIMEOUT = 2.0


def main() -> int:
    try:
        settings = Settings.from_env(os.environ)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    logs.configure(settings.log_level)
    place = Place(root=Path(settings.directory), workers=count_workers())
    try:
        edge = Edge(
            Kube.load(os.environ),
            place,
            namespace=settings.namespace,
            program=settings.nginx,
            endpoints=Kube.load(os.environ, timeout=LOOKUP_TIMEOUT),
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: edge.stop())
        edge.run()
    except PlatformError as error:
        log.error("%s", error)
        return 1
    edge.finish(delay=settings.shutdown_delay, timeout=settings.shutdown_timeout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
