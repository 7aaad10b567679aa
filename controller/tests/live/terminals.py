"""A client at the terminal of an interactive run, as the command line will be one."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus

from kit.kube import PODS, Kube
from kit.waiting import wait_for

from .conftest import Client

IMAGE = os.environ.get("TEST_IMAGE", "198.19.255.1:5000/library/debian:trixie-slim")
SHELL = "PS1='ready''> ' bash --norc --noprofile"
PROMPT = "ready> "

INPUT, OUTPUT, ERRORS, EXIT, RESIZE, SIGNAL, DETACH, NOTICE, CONSUMED, CLOSE = (*range(9), 255)
PATIENCE = 45
WINDOW = 512 * 1024


class Terminal:
    """What was said so far is kept by channel."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.said: dict[int, bytes] = {}
        self.states: list[str] = []

    async def hear(self) -> tuple[int, bytes]:
        try:
            async with asyncio.timeout(PATIENCE):
                frame = await self.socket.recv()
        except TimeoutError:
            raise AssertionError(f"nothing is heard any more after {self.said}") from None
        assert isinstance(frame, bytes)
        channel, content = frame[0], frame[1:]
        self.said[channel] = self.said.get(channel, b"") + content
        if channel == NOTICE:
            self.states.append(json.loads(content)["state"])
        return channel, content

    async def expect(self, text: str) -> str:
        """Hear until the output has the text; return what came up to its end and forget it."""
        while text.encode() not in self.said.get(OUTPUT, b""):
            channel, content = await self.hear()
            assert channel != EXIT, (content, self.said)
        before, _, after = self.said[OUTPUT].partition(text.encode())
        self.said[OUTPUT] = after
        return before.decode(errors="replace") + text

    async def wait_until(self, state: str) -> None:
        while state not in self.states:
            await self.hear()

    async def finish(self) -> dict[str, Any]:
        """Hear to the end."""
        while True:
            channel, content = await self.hear()
            if channel == EXIT:
                await self.socket.wait_closed()
                ended: dict[str, Any] = json.loads(content)
                return ended

    async def send(self, channel: int, content: bytes = b"") -> None:
        await self.socket.send(bytes((channel,)) + content)

    async def type(self, text: str) -> None:
        await self.send(INPUT, text.encode())

    async def pipe(self, data: bytes) -> None:
        """Send much input, waiting for confirmations, and its end."""
        sent = 0
        while sent < len(data):
            while sent - self.get_confirmed() > WINDOW:
                await self.hear()
            await self.send(INPUT, data[sent : sent + 32768])
            sent += 32768
        await self.send(CLOSE, b"\0")

    def get_confirmed(self) -> int:
        """The digits of the confirmation that came last."""
        digits = self.said.pop(CONSUMED, b"")
        self.confirmed = int(digits) if digits else getattr(self, "confirmed", 0)
        return self.confirmed


@asynccontextmanager
async def attach(client: Client, path: str, **options: Any) -> AsyncIterator[Terminal]:
    """``path`` is what the answer to ``POST run`` calls ``attach``."""
    url = "ws" + client.url.removeprefix("http") + path
    headers = {"Authorization": f"token {client.token}"} if client.token else {}
    async with connect(url, subprotocols=["run.v1"], additional_headers=headers, **options) as socket:  # type: ignore[list-item]
        yield Terminal(socket)


async def get_refusal(client: Client, path: str) -> int:
    """The status by which it may not be opened."""
    try:
        async with attach(client, path):
            return 101
    except InvalidStatus as error:
        return error.response.status_code


def begin(client: Client, app: str, command: str, **fields: Any) -> dict[str, Any]:
    answer = client.post(f"/v2/apps/{app}/run", {"command": command, "interactive": True, **fields})
    assert answer.status == 201, answer.body
    run: dict[str, Any] = answer.json
    assert answer.headers["Location"] == run["url"]
    return run


def play(run: dict[str, Any], client: Client, part: Callable[[Terminal], Awaitable[Any]]) -> Any:
    """Let somebody play a part at the run's terminal."""

    async def scene() -> Any:
        async with attach(client, run["attach"]) as terminal:
            return await part(terminal)

    return asyncio.run(scene())


def deploy_shop(app: str, owner: Client) -> None:
    """A release that serves nothing, and whose pods take a second to go."""
    assert owner.post(f"/v2/apps/{app}/settings", {"routable": False}).status == 201
    values = {"PORT": 5000, "COLOUR": "grün & <rot>", "KUBERNETES_POD_TERMINATION_GRACE_PERIOD_SECONDS": 1}
    answer = owner.post(f"/v2/apps/{app}/config", {"values": values})
    assert answer.status == 201, answer.body
    body = {"image": IMAGE, "procfile": {"cmd": "sleep infinity"}}
    answer = owner.call("POST", f"/v2/apps/{app}/builds", body, timeout=120)
    assert answer.status == 201, answer.body


def wait_until_gone(kube: Kube, run: dict[str, Any], *, timeout: float = 30) -> None:
    def is_gone() -> bool | None:
        return kube.find(PODS, run["name"], namespace=run["app"]) is None or None

    wait_for(is_gone, what=f"the end of {run['name']}", timeout=timeout)
