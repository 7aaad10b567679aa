"""``python -m logger``: serves both ports until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import Any

import uvicorn

from kit.errors import PlatformError
from kit.logs import configure

from .buffers import Buffers
from .forward import ForwardServer
from .lines import parse_record
from .settings import Settings
from .web import WebApp

log = logging.getLogger(__name__)


async def serve(settings: Settings) -> None:
    """Both servers on one event loop; ends with the web server, on SIGTERM."""
    buffers = Buffers(settings.number_of_lines)

    def take(record: dict[str, Any]) -> None:
        line = parse_record(record)
        if line:
            buffers.write(line)

    forward = await ForwardServer(take).start("0.0.0.0", settings.forward_port)
    config = uvicorn.Config(
        WebApp(buffers),
        host="0.0.0.0",
        port=settings.http_port,
        lifespan="off",
        access_log=False,
        log_config=None,
    )
    log.info("Log aggregator running")
    async with forward:
        await uvicorn.Server(config).serve()


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
