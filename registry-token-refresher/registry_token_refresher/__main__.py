"""Refreshes until it is told to stop."""

import logging
import os
import signal
import sys
import threading
import time

from kit.errors import PlatformError
from kit.kube import Kube
from kit.logs import configure
from registry_token_refresher.refresher import Refresher
from registry_token_refresher.settings import Settings
from registry_token_refresher.tokens import fetch_token

log = logging.getLogger(__name__)


def run(settings: Settings, kube: Kube, stopped: threading.Event) -> None:
    """Look again and again until ``stopped``."""
    refresher = Refresher(
        kube, settings, fetch=lambda: fetch_token(settings.account, hostname=settings.hostname)
    )
    while not stopped.is_set():
        refresher.refresh(time.monotonic())
        stopped.wait(settings.namespace_interval)


def main() -> int:
    configure()
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    try:
        run(Settings.from_env(os.environ), Kube.load(os.environ), stopped)
    except PlatformError as error:
        log.error("error during token refresh: %s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
