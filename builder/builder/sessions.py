"""What happens on a channel once a client has said what it wants.

Source: build specification, section 4.4. Unlike the original, permission is looked at before the lock: who may not use
a repository neither learns that it is busy nor keeps it busy. And it is asked for each command: a connection may be kept
open for as long as its client likes, a permission or a key may be withdrawn meanwhile.
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
from builder.errors import ControllerError, InvalidRepo, RepositoryBusy
from builder.gitcommands import GitCommand, Verb, parse_repo_name
from builder.gitprocess import run_git_for
from builder.hookserver import HOOK_DIRECTORY
from builder.locks import Locks
from builder.operations import Cancellation, FindIdentity, Operation, Operations
from builder.pktlines import build_pkt_line
from builder.repositories import Repositories
from kit.errors import PlatformError
from kit.names import AppName

log = logging.getLogger(__name__)

NOBODYS = 404
"""The controller's status for a key that it does not know."""


@dataclass(frozen=True, kw_only=True)
class Sessions:
    repositories: Repositories
    locks: Locks
    operations: Operations
    find_identity: FindIdentity
    hook_socket: Path
    lock_timeout: float
    on_pushed: Callable[[App], None]
    """Called after a push that git accepted, when the repository is free again."""

    def serve(
        self, channel: paramiko.Channel, command: GitCommand, *, fingerprint: str, connection: str
    ) -> int:
        """Run one git command for the client that has a key; return the exit status that the client gets."""
        try:
            name = parse_repo_name(command.argument)
        except InvalidRepo as error:
            log.info("Illegal repo name: %s.", error)
            channel.sendall_stderr(b"No repo given")
            return 1
        try:
            operation = self._begin(name, command.verb, fingerprint=fingerprint, connection=connection)
            return self._serve_locked(channel, operation) if operation is not None else 1
        except RepositoryBusy as error:
            channel.sendall(build_pkt_line(f"ERR {error}\n"))
            return 1
        except PlatformError as error:
            log.error("[%s]: %s", name, error)
            channel.sendall_stderr(f"{error}\n".encode())
            return 1

    def _begin(self, name: AppName, verb: Verb, *, fingerprint: str, connection: str) -> Operation | None:
        """Return what is about to be done; None if the key's owner may not, or nobody has the key any more.

        Raises:
            ReceiveError: nobody can tell.
        """
        try:
            identity = self.find_identity(fingerprint)
        except ControllerError as error:
            if error.status != NOBODYS:
                raise
            log.info("Failed git receive: ssh key %s: %s", fingerprint, error)
            return None
        app = identity.find_app(name)
        if app is None:
            log.info("Failed git receive: user has no permission to build the app")
            return None
        return Operation(
            identity=identity,
            app=app,
            verb=verb,
            connection=connection,
            deadline=time.monotonic() + self.lock_timeout,
            cancellation=Cancellation(),
        )

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
