"""``python -m log_shipper``: ships until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterable

from kit.errors import PlatformError
from kit.kube import PODS, Kube, Reflector
from kit.logs import configure

from .containers import Container, list_containers
from .forward import ForwardClient
from .settings import Settings
from .shipper import Shipper

log = logging.getLogger(__name__)


async def ship(settings: Settings, kube: Kube) -> None:
    """Run the shipper beside a watch of this node's pods, until SIGTERM."""
    loop = asyncio.get_running_loop()
    told_to_stop = asyncio.Event()

    def list_now() -> Iterable[Container]:
        return list_containers(pods.snapshot().values(), logs=settings.logs, namespace=settings.namespace)

    def tell_shipper() -> None:
        loop.call_soon_threadsafe(shipper.pods_changed)

    shipper = Shipper(
        ForwardClient(settings.logger_host, settings.logger_port),
        offsets=settings.offsets,
        list_containers=list_now,
    )
    pods = Reflector(
        kube,
        PODS,
        fields=f"spec.nodeName={settings.node_name}",
        on_change=tell_shipper,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told_to_stop.set)
    pods.start()
    running = asyncio.create_task(shipper.run())
    stopping = asyncio.create_task(told_to_stop.wait())
    await asyncio.wait((running, stopping), return_when=asyncio.FIRST_COMPLETED)
    pods.stop()
    if running.done():
        running.result()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def main() -> int:
    configure()
    try:
        asyncio.run(ship(Settings.from_env(os.environ), Kube.load(os.environ)))
    except PlatformError as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
