"""What happens on a channel once a client has said what it wants.

Source: build specification, section 4.4. Unlike the original, permission is looked at before the lock: who may not use
a repository neither learns that it is busy nor keeps it busy.
"""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import paramiko

from builder.apps import App
from builder.errors import InvalidRepo, RepositoryBusy
from builder.gitcommands import GitCommand, parse_repo_name
from builder.gitprocess import run_git_for
from builder.hookserver import HOOK_DIRECTORY
from builder.locks import Locks
from builder.operations import Cancellation, Identity, Operation, Operations
from builder.pktlines import build_pkt_line
from builder.repositories import Repositories
from kit.errors import PlatformError

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Sessions:
    repositories: Repositories
    locks: Locks
    operations: Operations
    hook_socket: Path
    lock_timeout: float
    on_pushed: Callable[[App], None]
    """Called after a push that git accepted, when the repository is free again."""

    def serve(
        self, channel: paramiko.Channel, command: GitCommand, *, identity: Identity, connection: str
    ) -> int:
        """Run one git command for a client; return the exit status that the client gets."""
        try:
            name = parse_repo_name(command.argument)
        except InvalidRepo as error:
            log.info("Illegal repo name: %s.", error)
            channel.sendall_stderr(b"No repo given")
            return 1
        app = identity.find_app(name)
        if app is None:
            log.info("Failed git receive: user has no permission to build the app")
            return 1
        operation = Operation(
            identity=identity,
            app=app,
            verb=command.verb,
            connection=connection,
            deadline=time.monotonic() + self.lock_timeout,
            cancellation=Cancellation(),
        )
        try:
            return self._serve_locked(channel, operation)
        except RepositoryBusy as error:
            channel.sendall(build_pkt_line(f"ERR {error}\n"))
            return 1
        except PlatformError as error:
            log.error("[%s]: %s", app, error)
            channel.sendall_stderr(f"{error}\n".encode())
            return 1

    def _serve_locked(self, channel: paramiko.Channel, operation: Operation) -> int:
        lease = self.locks.acquire(
            operation.app.name, seconds=self.lock_timeout, on_expiry=lambda: self._expire(operation)
        )
        try:
            with self.operations.running(operation):
                status = self._run(channel, operation)
        finally:
            lease.release()
        if operation.accepted.is_set() and status == 0:
            self.on_pushed(operation.app)
        return status

    def _expire(self, operation: Operation) -> None:
        log.warning("Failed git receive: %s lock exceeded timeout", operation.app)
        operation.cancellation.cancel("the push took longer than a repository may be held")

    def _run(self, channel: paramiko.Channel, operation: Operation) -> int:
        path = self.repositories.ensure(operation.app)
        environment = {
            **self.repositories.environment,
            "RECEIVE_USER": operation.identity.user,
            "RECEIVE_REPO": path.name,
            "RECEIVE_FINGERPRINT": operation.identity.fingerprint,
            "SSH_ORIGINAL_COMMAND": f"{operation.verb} '{path.name}'",
            "SSH_CONNECTION": operation.connection,
            "BUILDER_OPERATION": operation.token,
            "BUILDER_SOCKET": str(self.hook_socket),
        }
        arguments = [
            "-c",
            f"core.hooksPath={HOOK_DIRECTORY}",
            "-c",
            "receive.autogc=false",
            operation.verb.removeprefix("git-"),
            str(path),
        ]
        try:
            return run_git_for(
                channel,
                arguments,
                cwd=self.repositories.home,
                environment=environment,
                cancellation=operation.cancellation,
            )
        except subprocess.SubprocessError as error:
            log.error("[%s]: git could not be run: %s", operation.app, error)
            return 1
