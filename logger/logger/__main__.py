"""``python -m logger``: serves both ports until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn

from kit.errors import PlatformError
from kit.logs import configure

from .buffers import Buffers
from .forward import ForwardServer
from .journal import Journal
from .lines import parse_record
from .settings import Settings
from .web import WebApp

log = logging.getLogger(__name__)
SHUTDOWN = 10
"""Seconds that followers have to take what is left."""


class LogServer(uvicorn.Server):
    """Says when it is told to end, while its answers still go on."""

    def __init__(self, config: uvicorn.Config, *, on_exit: Callable[[], object]) -> None:
        super().__init__(config)
        self._on_exit = on_exit

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._on_exit()
        super().handle_exit(sig, frame)


async def serve(settings: Settings) -> None:
    """Both servers on one event loop; ends with the web server, on SIGTERM."""
    buffers = Buffers(settings.number_of_lines, journal=Journal(settings.data_directory))
    web = WebApp(buffers)

    def take(record: dict[str, Any]) -> None:
        line = parse_record(record)
        if line:
            buffers.write(line)

    receiver = ForwardServer(take, flush=buffers.flush)
    forward = await receiver.start("0.0.0.0", settings.forward_port)
    loop = asyncio.get_running_loop()

    def stop() -> None:
        """In this order followers have everything that was acknowledged."""
        receiver.stop()
        web.following.stop()

    config = uvicorn.Config(
        web,
        host="0.0.0.0",
        port=settings.http_port,
        lifespan="off",
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=SHUTDOWN,
    )
    log.info("Log aggregator running")
    async with forward:
        await LogServer(config, on_exit=lambda: loop.call_soon_threadsafe(stop)).serve()


def main() -> int:
    configure()
    try:
        asyncio.run(serve(Settings.from_env(os.environ)))
    except (PlatformError, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
