"""One client at the terminal of one run, from the first message to the last."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

from controller.cluster.errors import ClusterAnswerError, ClusterError
from controller.cluster.manifests.terminals import build_go
from controller.cluster.podsockets import ERRORS, OUTPUT, STATUS, PodStream
from controller.cluster.podstates import get_state
from controller.cluster.terminals import (
    DEADLINE_CODE,
    DELETED_CODE,
    NOT_RUN_CODE,
    Terminals,
    find_end,
    is_running,
)
from controller.services import runs
from controller.services.runs import Ticket
from controller.services.tools import Tools
from controller.streams.clients import Client, ClientGone, Typed
from controller.streams.frames import (
    Channel,
    Detach,
    EndOfInput,
    Exit,
    Input,
    MalformedMessage,
    Resize,
    Signal,
    build_consumed,
    build_exit,
    build_frame,
    build_notice,
    parse_message,
)
from controller.streams.keeper import Keeper
from controller.streams.podwatch import PodWatch
from kit.kube import Manifest
from kit.logs import app_logger

log = app_logger(__name__)
plain_log = logging.getLogger(__name__)

T = TypeVar("T")


class InThread(Protocol):
    """Awaits what would block, done by a thread of a bounded pool."""

    def __call__(self, action: Callable[[], T]) -> Awaitable[T]: ...


AGAIN_SECONDS = 2.0
"""Between the end of a stream and another try, if the program has not ended."""
LOOK_SECONDS = 5.0
"""How often a pod that does not start is asked why."""
UNHEARD_SECONDS = 10.0
"""A stream that fails so soon may never have reached the program."""
CONFIRM_BYTES = 64 * 1024
REPLAY_BYTES = 32 * 1024
END_OF_TRANSMISSION = b"\x04"
REFUSED = (401, 403)

NORMAL, POLICY = 1000, 1008
TAKEN_OVER = 4001
"""Close codes."""


class Parting(Enum):
    """Why a client and its run part before the run has ended."""

    GONE = auto()
    DETACHED = auto()
    RESTARTING = auto()
    """This controller closes its connections."""
    LOST = auto()
    """The run is another client's now, or was removed."""


Outcome: TypeAlias = Parting | Exit


@dataclass
class Attachment:
    """``serve()`` returns when client and run have parted, and has seen to what is left."""

    ticket: Ticket
    client: Client
    size: Resize
    tools: Tools
    keeper: Keeper
    in_thread: InThread
    _typed: Typed = field(default_factory=Typed)
    _stream: PodStream | None = None
    _heard: bool = False
    _begun: float = float("-inf")
    _told: str = ""
    _signals: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._started = self.ticket.started
        self._watch = PodWatch(
            partial(self._terminals.follow, self._app, self._pod, in_thread=self.in_thread)
        )

    @property
    def _app(self) -> str:
        return self.ticket.app

    @property
    def _pod(self) -> str:
        return self.ticket.name

    @property
    def _terminals(self) -> Terminals:
        return self.tools.cluster.terminals

    async def serve(self) -> None:
        outcome: Outcome = Parting.GONE
        try:
            outcome = await self._until_parting()
        finally:
            await self._conclude(outcome)

    async def _until_parting(self) -> Outcome:
        lost = asyncio.Event()
        loop = asyncio.get_running_loop()
        self.keeper.hold(self.ticket.holder, partial(loop.call_soon_threadsafe, lost.set))
        watching = asyncio.create_task(self._watch.run())
        try:
            left = (self.ticket.deadline_at - datetime.now(UTC)).total_seconds()
            return await first_of(self._hear(), self._play(), _wait_for_loss(lost), seconds=left)
        except TimeoutError:
            return Exit(code=DEADLINE_CODE, reason="deadline", message="The run has reached its deadline")
        except ClientGone as error:
            return Parting.RESTARTING if error.restarting else Parting.GONE
        except MalformedMessage as error:
            await self.client.close(POLICY, str(error))
            return Parting.GONE
        finally:
            for task in (watching, *self._signals):
                task.cancel()
            self.keeper.drop(self.ticket.holder)

    async def _conclude(self, outcome: Outcome) -> None:
        match outcome:
            case Exit():
                await self._say(build_exit(outcome))
                await self.client.close(NORMAL)
                await self.in_thread(partial(runs.give_up, self.ticket, tools=self.tools))
            case Parting.DETACHED:
                await self.in_thread(partial(runs.detach, self.ticket))
                await self._say(build_notice("detached", f"{self._pod} goes on without a client"))
                await self.client.close(NORMAL)
            case Parting.RESTARTING:
                await self.in_thread(partial(runs.let_go, self.ticket))
            case Parting.LOST:
                await self._tell_loss()
            case Parting.GONE:
                log.info(self._app, "%s is removed: its client is gone", self._pod)
                await self.in_thread(partial(runs.give_up, self.ticket, tools=self.tools))

    async def _tell_loss(self) -> None:
        if await self.in_thread(partial(runs.is_known, self.ticket)):
            await self.client.close(TAKEN_OVER, "Another client has taken this run over")
            return
        await self._say(build_exit(Exit(code=DELETED_CODE, reason="deleted", message="The run was removed")))
        await self.client.close(NORMAL)

    async def _say(self, frame: bytes) -> None:
        """For the last words: whether anybody hears them changes nothing."""
        try:
            await self.client.send(frame)
        except ClientGone:
            plain_log.debug("nobody heard how %s ended", self._pod)

    # from the client

    async def _hear(self) -> Outcome:
        """Read on whatever happens, until the client leaves.

        Raises:
            ClientGone
            MalformedMessage
        """
        while True:
            message = parse_message(await self.client.receive())
            match message:
                case Input(data):
                    if not self._typed.put(data):
                        raise MalformedMessage("More input than the program takes: wait for confirmations")
                case EndOfInput():
                    if self.ticket.tty:
                        self._typed.put(END_OF_TRANSMISSION)
                    else:
                        self._typed.end()
                case Resize():
                    self.size = message
                    await self._resize()
                case Signal(name):
                    task = asyncio.create_task(self._signal(name))
                    self._signals.add(task)
                    task.add_done_callback(self._signals.discard)
                case Detach():
                    return Parting.DETACHED

    async def _resize(self) -> None:
        if self._stream is not None and self.ticket.tty:
            await self._stream.resize(columns=self.size.columns, rows=self.size.rows)

    async def _signal(self, name: str) -> None:
        try:
            problem = await self._terminals.send_signal(self._app, self._pod, name)
        except ClusterError as error:
            problem = str(error)
        if problem:
            await self._say(build_notice("signal", f"SIG{name} was not sent: {problem}"))

    # from the pod

    async def _play(self) -> Outcome:
        """Wait for the pod, join client and program, until the program has ended."""
        await self._watch.wait(lambda _: True, timeout=LOOK_SECONDS)
        while (end := find_end(self._watch.pod) if self._watch.known else None) is None:
            if is_running(self._watch.pod):
                problem = await self._converse()
                await self._watch.wait(has_ended, timeout=AGAIN_SECONDS)
            else:
                problem = await self._check_start()
                await self._watch.wait(has_started, timeout=LOOK_SECONDS)
            if problem:
                return Exit(code=NOT_RUN_CODE, reason="failed", message=problem)
        if not self._heard and end.reason == "exited":
            await self._replay()
        return Exit(code=end.code, reason=end.reason, message=end.message)

    async def _check_start(self) -> str:
        """Why the pod will not start; empty as long as it may. The client is told what it is doing."""
        pod = self._watch.pod
        if pod is None:
            return ""
        state = get_state(pod)
        if state != self._told:
            self._told = state
            await self.client.send(build_notice("starting", f"{self._pod} is {state}"))
        if datetime.now(UTC) > self.ticket.start_by:
            return f"{self._pod} did not start in time. It is in state {state}"
        try:
            return await self.in_thread(partial(self._terminals.find_problem, self._app, pod))
        except ClusterError as error:
            plain_log.warning("whether %s will start is not known: %s", self._pod, error)
            return ""

    async def _converse(self) -> str:
        """Join client and program until the stream ends, be it that the program did or the connection broke.

        Returns why that will not work at the next try either; empty if it may.
        """
        try:
            async with self._terminals.attach(self._app, self._pod, tty=self.ticket.tty) as stream:
                self._stream = stream
                await self._begin(stream)
                feeding = asyncio.create_task(self._feed(stream))
                try:
                    await self._listen(stream)
                finally:
                    feeding.cancel()
        except ClusterAnswerError as error:
            return str(error) if error.status in REFUSED else ""
        except ClusterError as error:
            plain_log.warning("%s is not heard at the moment: %s", self._pod, error)
        finally:
            self._stream = None
        return ""

    async def _begin(self, stream: PodStream) -> None:
        """Tell the program to begin, or to draw its screen again for somebody who has not seen it."""
        columns, rows = self.size.columns, self.size.rows
        if not self._started:
            self._started = True
            self._begun = asyncio.get_running_loop().time()
            await self.in_thread(partial(runs.mark_started, self.ticket))
            await stream.write(build_go(columns=columns, rows=rows))
        elif self.ticket.tty:
            await stream.resize(columns=columns, rows=rows + 1)
        await self._resize()
        await self.client.send(build_notice("running", f"This is {self._pod}"))

    async def _listen(self, stream: PodStream) -> None:
        async for channel, data in stream:
            if channel in (OUTPUT, ERRORS):
                self._heard = True
                await self.client.send(build_frame(Channel(channel), data))
            elif channel == STATUS and b'"Failure"' in data and not self._heard and self._has_just_begun():
                self._started = self.ticket.started  # the node was not reached: nobody was told anything
                await self.in_thread(partial(runs.mark_started, self.ticket, started=self._started))

    def _has_just_begun(self) -> bool:
        return asyncio.get_running_loop().time() - self._begun < UNHEARD_SECONDS

    async def _feed(self, stream: PodStream) -> None:
        total = confirmed = 0
        while data := await self._typed.take():
            await stream.write(data)
            total += len(data)
            if total - confirmed >= CONFIRM_BYTES:
                confirmed = total
                await self._say(build_consumed(total))
        await stream.end_input()

    async def _replay(self) -> None:
        """The program ended while nobody listened: what it has said is in its log."""
        try:
            text = await self.in_thread(partial(self._terminals.read_log, self._app, self._pod))
        except ClusterError as error:
            await self.client.send(build_notice("log", str(error)))
            return
        if self.ticket.tty:
            text = text.replace("\r\n", "\n").replace(
                "\n", "\r\n"
            )  # the log is kept without what a terminal needs
        data = text.encode()
        for position in range(0, len(data), REPLAY_BYTES):
            piece = data[position : position + REPLAY_BYTES]
            await self.client.send(build_frame(Channel.OUTPUT, piece))


def has_ended(pod: Manifest | None) -> bool:
    return find_end(pod) is not None


def has_started(pod: Manifest | None) -> bool:
    return is_running(pod) or has_ended(pod)


async def first_of(*efforts: Coroutine[Any, Any, Outcome], seconds: float) -> Outcome:
    """What the first of them to end ended with; the others are given up.

    Raises:
        TimeoutError: none has by then.
    """
    tasks = [asyncio.create_task(effort) for effort in efforts]
    try:
        done, _ = await asyncio.wait(tasks, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task in done:
                return task.result()
        raise TimeoutError
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _wait_for_loss(lost: asyncio.Event) -> Outcome:
    await lost.wait()
    return Parting.LOST
