"""gunicorn with uvicorn in its workers. Each worker builds its own platform after the fork."""

from __future__ import annotations

import asyncio
import importlib
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import Any

import psycopg
from django.core.wsgi import get_wsgi_application
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker
from uvicorn import Config, Server

from controller.asgi import Application
from controller.database import connect, is_alive, release_leases
from controller.metrics import Metrics
from controller.owners import build_owner
from controller.settings import Settings
from controller.streams.logs import LogFollowers
from kit.kube import Kube

log = logging.getLogger(__name__)

SLUG_ADDRESS_SECONDS = 300.0
TICK = 60
KEEP_ALIVE = 75
LATE_IMPORTS = (
    "controller.api.urls",
    "controller.commands",
    "controller.services.republication",
    "controller.streams.websockets",
    "psycopg_pool",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.auto",
    "uvicorn.protocols.websockets.auto",
)
"""What is imported by name only, or once it is needed."""
MESSAGE_LIMIT = 1024 * 1024
"""Bytes of one message of a WebSocket's client."""


class PlatformServer(Server):
    """Hands running operations over as soon as it is told to end, while requests are still answered."""

    def __init__(self, config: Config, *, on_exit: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_exit = on_exit

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_exit()
        super().handle_exit(sig, frame)


class PlatformWorker(Worker):  # type: ignore[misc] # gunicorn has no types
    """A gunicorn worker that runs uvicorn's server on the shared socket."""

    def init_signals(self) -> None:
        for number in self.SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGUSR1, self.handle_usr1)
        signal.siginterrupt(signal.SIGUSR1, False)

    def run(self) -> None:
        application: WorkerApplication = self.wsgi
        config = Config(
            application.asgi,
            ws="websockets-sansio",
            ws_max_size=MESSAGE_LIMIT,
            ws_ping_interval=application.ping_seconds,
            ws_ping_timeout=2 * application.ping_seconds,
            ws_per_message_deflate=False,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_keep_alive=KEEP_ALIVE,
            timeout_graceful_shutdown=self.cfg.graceful_timeout,
            timeout_notify=self.timeout,
            callback_notify=self._beat,
            proxy_headers=False,
            server_header=False,
        )
        server = PlatformServer(config, on_exit=application.leave)
        asyncio.run(server.serve(sockets=self.sockets))
        if not server.started:
            sys.exit(Arbiter.WORKER_BOOT_ERROR)

    async def _beat(self) -> None:
        self.notify()


def preload(settings: Settings) -> None:
    """Import what every worker needs. No connection is opened and no thread started."""
    from controller.assembly import open_slug_store

    for module in LATE_IMPORTS:
        importlib.import_module(module)
    open_slug_store(settings.storage)  # it brings the driver of its kind


def build_metrics(settings: Settings) -> Metrics | None:
    port = settings.process.metrics_port
    return Metrics(port, connect=partial(connect, settings.database)) if port else None


class WorkerApplication:
    """What one worker serves."""

    def __init__(self, settings: Settings, *, kube: Kube) -> None:
        from controller.assembly import build_platform, open_slug_store  # needs Django's settings
        from controller.services import runs
        from controller.streams.keeper import Keeper
        from controller.streams.websockets import WebSockets

        self._settings = settings
        metrics = build_metrics(settings)
        self._platform = build_platform(settings, kube=kube, metrics=metrics)
        self._store = open_slug_store(settings.storage)
        self.ping_seconds = settings.process.ping_seconds
        wsgi, tools = self._with_platform(get_wsgi_application()), self._platform.tools
        self._keeper = Keeper(runs.renew, partial(runs.sweep, tools=tools))
        self._followers = LogFollowers(settings.logger_url)
        self.asgi = Application(
            wsgi,
            websockets=WebSockets(wsgi, tools=tools, keeper=self._keeper),
            threads=settings.process.web_threads,
            is_ready=partial(is_alive, settings.database),
            find_slug=self._find_slug,
            on_start=self._start,
            on_stop=self._stop,
            followers=self._followers,
            meter=metrics,
            log_probes=settings.debug,
        )

    def __call__(self, *_: Any) -> None:
        """gunicorn wants something to call; uvicorn calls ``asgi``."""

    def leave(self) -> None:
        self._platform.engine.leave()
        self._followers.leave()

    def _start(self) -> None:
        from controller.services.republication import republish_in_background

        self._platform.engine.start()
        self._keeper.start()
        republish_in_background(self._platform.tools, owner=build_owner(self._settings, os.getpid()))

    def _stop(self) -> None:
        self._keeper.stop()
        self._platform.engine.stop()

    def _with_platform(self, wsgi: Callable[..., Any]) -> Callable[..., Any]:
        from controller.api.views import PLATFORM

        def call(environ: dict[str, Any], start_response: Any) -> Any:
            environ[PLATFORM] = self._platform
            return wsgi(environ, start_response)

        return call

    def _find_slug(self, token: str) -> str:
        from kit.errors import Unavailable

        key = self._platform.tools.slugs.parse(token)
        if self._store is None:
            raise Unavailable("This installation has no object storage")
        return self._store.presign_get(key, expires=SLUG_ADDRESS_SECONDS)


class Gunicorn(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    def __init__(self, settings: Settings, *, load: Callable[[], WorkerApplication]) -> None:
        self._settings = settings
        self._load = load
        super().__init__()

    def load_config(self) -> None:
        process = self._settings.process
        for name, value in {
            "bind": [f"0.0.0.0:{port}" for port in (process.port, process.metrics_port) if port],
            "workers": process.workers,
            "worker_class": "controller.server.PlatformWorker",
            "timeout": TICK,
            "graceful_timeout": process.graceful_seconds,
            "worker_tmp_dir": "/tmp",
            "control_socket_disable": True,
            "proc_name": "deis-controller",
            "child_exit": self._release_leases,
        }.items():
            self.cfg.set(name, value)

    def _release_leases(self, _: Arbiter, worker: Worker) -> None:
        """What a worker that died left behind goes on at once."""
        try:
            release_leases(self._settings.database, build_owner(self._settings, worker.pid))
        except psycopg.Error as error:
            log.warning("leases of a dead worker run out by themselves: %s", error)

    def load(self) -> WorkerApplication:
        return self._load()
