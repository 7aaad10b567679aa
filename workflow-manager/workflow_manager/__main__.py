"""``python -m workflow_manager`` serves until it is told to stop; ``python -m workflow_manager doctor`` asks it for a report."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable

from kit.errors import PlatformError
from kit.kube import Kube
from kit.logs import configure

from .doctor import run_doctor
from .services import Service
from .settings import Settings
from .versions import Versions, run_jobs
from .web import Api, Server

log = logging.getLogger(__name__)


def main(arguments: list[str]) -> int:
    configure()
    try:
        settings = Settings.from_env(os.environ)
        return run_doctor(settings) if arguments == ["doctor"] else serve(settings)
    except (PlatformError, OSError) as error:
        log.error("%s", error)
        return 1


def serve(settings: Settings) -> int:
    stopped = threading.Event()
    versions = Versions(Service(url=settings.versions_api_url, proxies=settings.proxies))
    api = Api(Kube.load(os.environ), settings, versions=versions)
    server = Server(api, settings.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    jobs = build_jobs(settings, api=api, versions=versions)
    if jobs:
        threading.Thread(
            target=run_jobs,
            args=(jobs,),
            kwargs={"period": settings.poll_interval, "stopped": stopped},
            name="jobs",
            daemon=True,
        ).start()
    stopped.wait()
    server.shutdown()
    return 0


def build_jobs(settings: Settings, *, api: Api, versions: Versions) -> list[Callable[[], None]]:
    """What is done at start and every period: nothing, unless the operator named a versions service."""
    if not settings.versions_api_url:
        return []
    asking = [lambda: versions.refresh(api.list_components())]
    telling = [lambda: versions.send(api.get_cluster())]
    return [*asking, *(telling if settings.check_versions else [])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
