"""One direct connection a process: it hears what other controllers did and says which operations still live.

Where LISTEN is impossible, as behind some poolers, the pulse alone is fast enough: everybody looks once a second.
"""

from __future__ import annotations

import logging
import select
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

import psycopg

from controller.operations.channel import CHANNEL

log = logging.getLogger(__name__)

PULSE = 1.0
POLL = 5.0
"""How often a waiting request looks at its row although nobody told it to."""


class Notices:
    """Wakes whoever waits for an operation, and whoever looks for work."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, set[threading.Event]] = defaultdict(set)
        self.work = threading.Event()
        """Set when there may be something to do."""
        self.listening = False

    def hear(self, payload: str) -> None:
        event, _, uuid = payload.partition(" ")
        if event == "ended":
            self._wake(uuid)
        self.work.set()

    def wake_all(self) -> None:
        with self._lock:
            waiting = list(self._waiting)
        for uuid in waiting:
            self._wake(uuid)
        self.work.set()

    def wait(self, uuid: UUID, *, is_over: Callable[[], bool], timeout: float) -> bool:
        """Return once ``is_over()``, asked whenever there is reason to; False when the time is up."""
        event = threading.Event()
        with self._lock:
            self._waiting[str(uuid)].add(event)
        try:
            return self._wait(event, is_over=is_over, timeout=timeout)
        finally:
            with self._lock:
                self._waiting[str(uuid)].discard(event)
                if not self._waiting[str(uuid)]:
                    del self._waiting[str(uuid)]

    def _wait(self, event: threading.Event, *, is_over: Callable[[], bool], timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while not is_over():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            event.wait(min(left, POLL))
            event.clear()
        return True

    def _wake(self, uuid: str) -> None:
        with self._lock:
            events = list(self._waiting.get(uuid, ()))
        for event in events:
            event.set()


class Pulse:
    """The thread behind ``Notices``; ``beat`` is called every second with the connection to use."""

    def __init__(
        self,
        connect: Callable[[], psycopg.Connection],
        notices: Notices,
        *,
        beat: Callable[[psycopg.Connection], None],
        listen: bool = True,
    ) -> None:
        self._connect = connect
        self._notices = notices
        self._beat = beat
        self._listen = listen
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=PULSE * 5)

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                with self._connect() as connection:
                    self._live(connection)
            except psycopg.Error as error:
                log.warning("the database does not answer: %s", str(error).strip())
                self._pause()
            except Exception:  # the thread's outermost frame: a bug must not cost every lease
                log.exception("the pulse")
                self._pause()

    def _pause(self) -> None:
        self._notices.listening = False
        self._stopped.wait(PULSE)

    def _live(self, connection: psycopg.Connection) -> None:
        connection.add_notify_handler(lambda notice: self._notices.hear(notice.payload))
        if self._listen:
            connection.execute(f"LISTEN {CHANNEL}")
        self._notices.listening = self._listen
        self._notices.wake_all()  # what happened while nobody listened
        ready = select.poll()  # unlike select, it knows descriptors above 1023
        ready.register(connection.fileno(), select.POLLIN)
        while not self._stopped.is_set():
            self._beat(connection)
            ready.poll(PULSE * 1000)
            if not self._listen:
                self._notices.wake_all()
