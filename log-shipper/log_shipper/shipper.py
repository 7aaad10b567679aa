"""The loop: a change of a log directory or of the node's pods, then files are read, sent, and their offsets kept.

The files are the buffer. Nothing is read ahead of what the logger has acknowledged, so a logger that is
away costs no memory here and no line.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from asyncinotify import Inotify, Mask, Watch

from .containers import Container
from .errors import LoggerUnavailable
from .files import Piece, Record, list_files, read_piece
from .forward import ForwardClient
from .offsets import read_offsets, write_offsets

log = logging.getLogger(__name__)
BATCH = 2000
"""Records sent before their acknowledgement is awaited."""
SAVE_INTERVAL = 1.0
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0
CHANGES = Mask.MODIFY | Mask.CREATE | Mask.MOVED_TO


class Shipper:
    """Ships the containers that ``list_containers`` names; ``pods_changed`` tells it to ask again."""

    def __init__(
        self, client: ForwardClient, *, offsets: Path, list_containers: Callable[[], Iterable[Container]]
    ) -> None:
        self._client = client
        self._offsets_path = offsets
        self._offsets = read_offsets(offsets)
        self._list_containers = list_containers
        self._containers: dict[Path, Container] = {}
        self._watches: dict[Path, Watch] = {}
        self._dirty: dict[Path, None] = {}
        self._wake = asyncio.Event()
        self._stale = True
        self._saved = 0.0
        self._unsaved = False

    def pods_changed(self) -> None:
        """Ask for the containers again. To be called on the event loop."""
        self._stale = True
        self._wake.set()

    async def run(self) -> None:
        """Ship until cancelled."""
        with Inotify() as inotify:
            watching = asyncio.create_task(self._watch(inotify))
            try:
                while True:
                    await self._wait(watching)
                    if self._stale:
                        self._refresh(inotify)
                    await self._ship_dirty()
            finally:
                watching.cancel()
                self._save()
                self._client.close()

    async def _watch(self, inotify: Inotify) -> None:
        async for event in inotify:
            if event.watch is not None:
                self._dirty[event.watch.path] = None
                self._wake.set()

    async def _wait(self, watching: asyncio.Task[None]) -> None:
        """Until there is something to do; meanwhile offsets that were not written yet are written."""
        if self._unsaved and not self._wake.is_set():
            try:
                async with asyncio.timeout(SAVE_INTERVAL):
                    await self._wake.wait()
            except TimeoutError:
                self._save()
        await self._wake.wait()
        self._wake.clear()
        if watching.done():
            watching.result()

    def _refresh(self, inotify: Inotify) -> None:
        """Watch new containers; forget those whose directory is gone, so that a pod's last lines still come."""
        self._stale = False
        current = {container.directory: container for container in self._list_containers()}
        self._containers = current | self._containers
        for directory in list(self._containers):
            if directory.is_dir():
                if directory not in self._watches:
                    self._watches[directory] = inotify.add_watch(directory, CHANGES)
                    self._dirty[directory] = None
            elif directory in self._watches or directory not in current:
                self._watches.pop(directory, None)
                self._forget(self._containers.pop(directory))

    def _forget(self, container: Container) -> None:
        for key in [key for key in self._offsets if key.startswith(f"{container.key}/")]:
            del self._offsets[key]
            self._unsaved = True

    async def _ship_dirty(self) -> None:
        while pieces := self._collect():
            records = [record for piece in pieces for record in piece.records]
            if records:
                await self._send(records)
            self._offsets.update({piece.key: piece.offset for piece in pieces})
            self._unsaved = True
            if time.monotonic() - self._saved > SAVE_INTERVAL:
                self._save()

    def _collect(self) -> list[Piece]:
        """Pieces of dirty directories up to a batch; at most one of each file, so that offsets go forward."""
        pieces: list[Piece] = []
        count = 0
        while self._dirty and count < BATCH:
            directory = next(iter(self._dirty))
            del self._dirty[directory]
            found = self._read(self._containers[directory]) if directory in self._containers else []
            pieces.extend(found)
            count += sum(len(piece.records) for piece in found)
            if any(piece.more for piece in found):
                self._dirty[directory] = None
                break
        return pieces

    def _read(self, container: Container) -> list[Piece]:
        pieces = []
        for path in list_files(container.directory):
            piece = read_piece(container, path, self._offsets)
            if piece:
                pieces.append(piece)
                if piece.more:
                    break
        return pieces

    async def _send(self, records: list[Record]) -> None:
        """Send until it is acknowledged, however long that takes.

        Nothing tells when a logger is back, so it is tried again after a pause, which grows. Cancelling ends it at once.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                await self._client.send(records)
            except LoggerUnavailable as error:
                log.warning("the logger is away, %d lines wait in their files: %s", len(records), error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return

    def _save(self) -> None:
        if self._unsaved:
            write_offsets(self._offsets_path, self._offsets)
            self._unsaved = False
        self._saved = time.monotonic()
