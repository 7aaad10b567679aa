"""The builder's side of the pre-receive hook: a unix socket that only the builder's own processes can reach."""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from builder.errors import ReceiveError
from builder.listeners import Listener
from builder.operations import Operation, Operations
from builder.output import PusherOutput
from builder.refs import RefUpdate, parse_ref_lines
from kit.errors import PlatformError

log = logging.getLogger(__name__)

BACKLOG = 64
HOOK_DIRECTORY = Path(__file__).parent / "hooks"
FIELDS = frozenset(
    {"GIT_DIR", "GIT_OBJECT_DIRECTORY", "GIT_QUARANTINE_PATH", "GIT_ALTERNATE_OBJECT_DIRECTORIES"}
)
Receive = Callable[[RefUpdate, Operation, Mapping[str, str], PusherOutput], None]


@dataclass(frozen=True, kw_only=True)
class HookRequest:
    token: str
    environment: Mapping[str, str]
    """git's variables of the quarantine, with the directory made absolute."""
    refs: str


class HookServer:
    """Answers each hook with its exit status: 0 if all its refs were built and released."""

    def __init__(
        self, path: Path, operations: Operations, *, receive: Receive, git: Mapping[str, str]
    ) -> None:
        self.path = path
        self._operations = operations
        self._receive = receive
        self._git = git
        self._listener = Listener(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        self._thread = threading.Thread(target=self._serve, name="hooks", daemon=True)

    def start(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.unlink(missing_ok=True)
        self._listener.socket.bind(str(self.path))
        self.path.chmod(0o600)
        self._listener.socket.listen(BACKLOG)
        self._thread.start()

    def stop(self) -> None:
        self._listener.stop()
        self.path.unlink(missing_ok=True)

    def _serve(self) -> None:
        for connection in self._listener.accept():
            threading.Thread(target=self._answer, args=(connection,), name="hook", daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            body, descriptor = read_request(connection)
            output = PusherOutput(descriptor)
            try:
                status = self._handle(parse_request(body), output)
            except Exception:  # outermost frame of a push: git must get an answer, the pusher a word
                log.exception("a push failed by a bug")
                report(output, "an error inside of the builder")
                status = 1
            finally:
                output.close()
            try:
                connection.sendall(str(status).encode())
            except OSError:
                log.info("a hook was gone before its answer")

    def _handle(self, request: HookRequest, output: PusherOutput) -> int:
        operation = self._operations.find(request.token)
        if operation is None:
            return 1
        try:
            updates = parse_ref_lines(request.refs)
            environment = {**self._git, **request.environment}
            for update in updates:
                operation.cancellation.check()
                self._receive(update, operation, environment, output)
        except PlatformError as error:
            log.info("[%s]: push by %s refused: %s", operation.app, operation.identity.user, error)
            report(output, str(error))
            return 1
        operation.accepted.set()
        return 0


def report(output: PusherOutput, text: str) -> None:
    output.error(text, now=datetime.now().astimezone())


def read_request(connection: socket.socket) -> tuple[bytes, int]:
    """Return what a hook sent and the descriptor that came with it."""
    first, descriptors, _, _ = socket.recv_fds(connection, 1, 1)
    parts = [first]
    while chunk := connection.recv(1 << 16):
        parts.append(chunk)
    return b"".join(parts), descriptors[0] if descriptors else os.open(os.devnull, os.O_WRONLY)


def parse_request(body: bytes) -> HookRequest:
    """Raise ``ReceiveError`` if it is none."""
    try:
        content = json.loads(body)
        directory = Path(content["directory"])
        environment = {name: str(value) for name, value in content["environment"].items() if name in FIELDS}
        if "GIT_DIR" in environment:
            environment["GIT_DIR"] = str(directory / environment["GIT_DIR"])
        return HookRequest(token=str(content["token"]), environment=environment, refs=str(content["refs"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReceiveError(f"reading STDIN ({error})") from error
