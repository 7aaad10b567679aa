"""The user's own terminal at the end of an interactive run.

Keys go out as they are typed, Ctrl-C and Ctrl-D among them; what comes back is written as it is. A connection that
breaks is made again: the run waits for half a minute. The messages are told in docs/interactive-runs.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import ssl
import termios
import tty
from collections.abc import Iterator
from typing import Any, NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from deis.errors import CliError
from deis.escapes import Escapes

INPUT, OUTPUT, ERRORS, EXIT, RESIZE, DETACH, NOTICE, CONSUMED, CLOSE = 0, 1, 2, 3, 4, 6, 7, 8, 255
SUBPROTOCOL = "run.v1"
FINAL_CODES = (1000, 1008, 4001)
"""Of connections that were closed on purpose."""
AGAIN = (502, 503, 504)
"""Statuses of a controller that is not there for the moment."""
CONNECT_SECONDS = 30.0
RETURN_SECONDS = 25.0
PAUSE_SECONDS = 0.5
CHUNK = 16 * 1024
WINDOW = 512 * 1024
"""Bytes that are sent ahead of what the command has taken."""


class Connect(connect):
    """A connection that is led nowhere else: the token is for this controller."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class Address(NamedTuple):
    """Where the run's terminal is."""

    url: str
    headers: dict[str, str]
    context: ssl.SSLContext | None
    """None: no TLS."""
    direct: bool
    """By no proxy, whatever the environment says."""


class Ending(NamedTuple):
    code: int
    message: str
    """Why it ended, unless the command simply did."""
    detached: bool = False
    """The run goes on."""


def join(address: Address, *, stdin: int, stdout: int) -> Ending:
    """Join terminal and run until the run ends. The terminal is then as it was.

    Raises:
        CliError: the connection can't be made, or not again.
    """
    with raw_terminal(stdin):
        return asyncio.run(Conversation(address, stdin=stdin, stdout=stdout).hold())


@contextlib.contextmanager
def raw_terminal(descriptor: int) -> Iterator[None]:
    """Every key is passed on, and nothing is echoed here."""
    before = termios.tcgetattr(descriptor)
    tty.setraw(descriptor, termios.TCSADRAIN)  # what was typed ahead stays
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)


class Conversation:
    def __init__(self, address: Address, *, stdin: int, stdout: int) -> None:
        self._address = address
        self._stdin = stdin
        self._stdout = stdout
        self._outgoing: asyncio.Queue[bytes] = asyncio.Queue()
        self._sent = 0
        self._confirmed = 0
        self._input_ended = False
        self._killed_by = 0
        self._escapes = Escapes()

    async def hold(self) -> Ending:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._listen_to_keys()
        loop.add_signal_handler(signal.SIGWINCH, self._tell_window)
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self._end_by, number, task)
        try:
            return await self._talk()
        except asyncio.CancelledError:
            if self._killed_by:
                raise SystemExit(128 + self._killed_by) from None
            raise
        finally:
            loop.remove_reader(self._stdin)

    async def _talk(self) -> Ending:
        """Connect, and connect again when the connection breaks."""
        lost_at: float | None = None
        while True:
            try:
                async with self._connect() as socket:
                    lost_at = None
                    ending = await self._converse(socket)
                    if ending is not None:
                        return ending
            except InvalidStatus as error:
                if error.response.status_code not in AGAIN or lost_at is None:
                    raise CliError(explain_refusal(error)) from error
            except (OSError, TimeoutError, asyncio.TimeoutError, WebSocketException) as error:
                if lost_at is None:
                    raise CliError(f"the terminal of the run is not reached: {error}") from error
            lost_at = self._bear_loss(lost_at)
            await asyncio.sleep(PAUSE_SECONDS)

    def _bear_loss(self, lost_at: float | None) -> float:
        now = asyncio.get_running_loop().time()
        if lost_at is not None and now - lost_at > RETURN_SECONDS:
            raise CliError("the connection to the run is lost")
        return now if lost_at is None else lost_at

    def _connect(self) -> Connect:
        size = os.get_terminal_size(self._stdin)
        options: dict[str, Any] = {"ssl": self._address.context} if self._address.context else {}
        return Connect(
            f"{self._address.url}?columns={size.columns or 80}&rows={size.lines or 24}",
            subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]  # any text is one
            additional_headers=self._address.headers,
            user_agent_header=None,
            open_timeout=CONNECT_SECONDS,
            compression=None,
            proxy=None if self._address.direct else True,
            **options,
        )

    async def _converse(self, socket: ClientConnection) -> Ending | None:
        """Until the run ends; None if the connection broke."""
        self._sent = self._confirmed = 0
        self._listen_to_keys()
        sending = asyncio.ensure_future(self._send(socket))
        try:
            async for frame in socket:
                ending = self._take(frame if isinstance(frame, bytes) else frame.encode())
                if ending is not None:
                    return ending
        except ConnectionClosed:
            pass  # the code tells
        finally:
            sending.cancel()
        if socket.close_code in FINAL_CODES:
            raise CliError(socket.close_reason or "the run was closed")
        return None

    def _take(self, frame: bytes) -> Ending | None:
        channel, content = frame[0], frame[1:]
        if channel in (OUTPUT, ERRORS):
            self._write(content)
        elif channel == NOTICE:
            notice = json.loads(content)
            if notice["state"] == "detached":
                return Ending(0, str(notice["message"]), detached=True)
            if notice["state"] == "log":
                self._write(f"{notice['message']}\r\n".encode())
        elif channel == CONSUMED:
            self._confirmed = int(content)
            self._listen_to_keys()
        elif channel == EXIT:
            end = json.loads(content)
            message = "" if end["reason"] == "exited" else str(end["message"])
            return Ending(int(end["exit_code"]), message)
        return None

    def _write(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._stdout, data) :]

    async def _send(self, socket: ClientConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            while True:
                await socket.send(await self._outgoing.get())

    def _listen_to_keys(self) -> None:
        if not self._input_ended and self._sent - self._confirmed < WINDOW:
            asyncio.get_running_loop().add_reader(self._stdin, self._read_keys)

    def _read_keys(self) -> None:
        typed = os.read(self._stdin, CHUNK)
        data, leaves = self._escapes.take(typed)
        if data or not typed:
            self._outgoing.put_nowait(bytes((INPUT,)) + data if data else bytes((CLOSE, INPUT)))
        if leaves:
            self._outgoing.put_nowait(bytes((DETACH,)))
        self._sent += len(data)
        self._input_ended = not typed
        if self._input_ended or self._sent - self._confirmed >= WINDOW:
            asyncio.get_running_loop().remove_reader(self._stdin)

    def _tell_window(self) -> None:
        size = os.get_terminal_size(self._stdin)
        content = json.dumps({"columns": size.columns or 80, "rows": size.lines or 24})
        self._outgoing.put_nowait(bytes((RESIZE,)) + content.encode())

    def _end_by(self, number: int, task: asyncio.Task[Ending]) -> None:
        self._killed_by = number
        task.cancel()


def explain_refusal(error: InvalidStatus) -> str:
    """The controller's own words."""
    response = error.response
    try:
        said = json.loads(response.body or b"")
    except ValueError:
        said = None
    words = said.get("detail") if isinstance(said, dict) else said
    return str(words or f"the terminal of the run is refused with status {response.status_code}")
