"""What is known of one pod, kept fresh by a watch."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from controller.cluster.errors import ClusterError
from kit.kube import Manifest

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds until a watch that broke is begun again."""

Follow = Callable[[], AsyncGenerator[Manifest | None, None]]
Check = Callable[[Manifest | None], bool]


class PodWatch:
    """``run()`` is a task's; the others look at ``pod``, or wait."""

    def __init__(self, follow: Follow) -> None:
        self._follow = follow
        self._change = asyncio.Condition()
        self.pod: Manifest | None = None
        self.known = False

    async def run(self) -> None:
        """Until the pod is gone."""
        while True:
            try:
                async with aclosing(self._follow()) as states:
                    async for pod in states:
                        await self._tell(pod)
                        if pod is None:
                            return
            except ClusterError as error:
                log.warning("a pod is not seen at the moment: %s", error)
            await asyncio.sleep(PAUSE)

    async def wait(self, check: Check, *, timeout: float) -> bool:
        """Whether ``check`` held of the pod by then."""
        try:
            async with asyncio.timeout(timeout), self._change:
                await self._change.wait_for(lambda: self.known and check(self.pod))
        except TimeoutError:
            return False
        return True

    async def _tell(self, pod: Manifest | None) -> None:
        async with self._change:
            self.pod, self.known = pod, True
            self._change.notify_all()
