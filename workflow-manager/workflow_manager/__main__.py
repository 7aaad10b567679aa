"""``python -m workflow_manager``: serves until it is told to stop."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

from kit.errors import PlatformError
from kit.kube import Kube
from kit.logs import configure

from .reports import send_versions
from .settings import Settings
from .web import Api, Server

log = logging.getLogger(__name__)


def report_versions(api: Api, settings: Settings, stopped: threading.Event) -> None:
    """At start and then every period, if the operator named a versions service."""
    while settings.versions_api_url and settings.check_versions and not stopped.is_set():
        try:
            send_versions(settings.versions_api_url, api.get_cluster())
        except PlatformError as error:
            log.warning("periodic job ran and returned error (%s)", error)
        stopped.wait(settings.poll_interval)


def main() -> int:
    configure()
    stopped = threading.Event()
    try:
        settings = Settings.from_env(os.environ)
        api = Api(Kube.load(os.environ), settings)
        server = Server(api, settings.port)
    except (PlatformError, OSError) as error:
        log.error("%s", error)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Thread(target=report_versions, args=(api, settings, stopped), daemon=True).start()
    stopped.wait()
    server.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
