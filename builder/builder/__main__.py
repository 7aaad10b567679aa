"""``python -m builder``: the server."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading

from builder.server import build_server, sweep_in_background
from builder.settings import Settings
from kit import logs
from kit.errors import PlatformError, Unavailable
from kit.kube import Kube
from kit.objectstore import ObjectStore, open_store
from kit.waiting import wait_for

log = logging.getLogger(__name__)

STORE_PATIENCE = 600.0
STOP_PATIENCE = 1500.0
"""Seconds for running pushes once told to stop; the pod's own grace period may be shorter."""


def main() -> int:
    """1 with a sentence if it can't start."""
    try:
        settings = Settings.from_env(os.environ)
        logs.configure("DEBUG" if settings.debug else "INFO")
        quieten()
        return run(settings)
    except PlatformError as error:
        print(error, file=sys.stderr)
        return 1


def run(settings: Settings) -> int:
    if settings.debug:
        log.info("Running in debug mode")
    told_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_stop.set())
    kube = Kube.load(os.environ)
    store = open_store(
        storage=settings.storage,
        credentials=settings.storage_credentials,
        container="builder",
        endpoint=settings.storage_endpoint,
    )
    wait_for_store(store)
    sweep_in_background(settings, kube)
    server = build_server(settings, kube=kube, store=store)
    server.start()
    told_to_stop.wait()
    server.stop(patience=STOP_PATIENCE)
    return 0


def wait_for_store(store: ObjectStore) -> None:
    """The store may start later than we do."""

    def attempt() -> bool:
        try:
            store.ensure_bucket()
        except Unavailable as error:
            log.warning("Error creating storage driver (%s)", error)
            return False
        return True

    wait_for(attempt, what="the object storage", timeout=STORE_PATIENCE, interval=1.0)


def quieten() -> None:
    """paramiko logs each port scan as an error, urllib3 each retry."""
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)
    logging.getLogger("urllib3").setLevel(logging.ERROR)


if __name__ == "__main__":
    sys.exit(main())
