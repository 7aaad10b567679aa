"""One SSH connection: who it is, what it asks for.

Source: build specification, sections 4.1 to 4.3.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

import paramiko
from paramiko.common import (
    AUTH_FAILED,
    AUTH_SUCCESSFUL,
    OPEN_FAILED_UNKNOWN_CHANNEL_TYPE,
    OPEN_SUCCEEDED,
    cMSG_USERAUTH_BANNER,
)

from builder.errors import ControllerUnreachable, ReceiveError
from builder.fingerprints import build_fingerprint
from builder.gitcommands import GitCommand, Illegal, Ping, parse_command
from builder.operations import FindIdentity, Identity
from builder.sshkeys import TolerantAuthHandler, UnusableKey

log = logging.getLogger(__name__)

CIPHERS = ("aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "aes128-ctr", "aes192-ctr", "aes256-ctr")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
WINDOW = 8 << 20
PACKET = 1 << 15
AUTH_SECONDS = 60.0
AWAY = "The controller does not answer, so nobody can be let in at this moment. Try again in a minute.\n"
KEEPALIVE = 30
EXEC = "exec"


class GitServer(Protocol):
    def __call__(
        self, channel: paramiko.Channel, command: GitCommand, *, fingerprint: str, connection: str
    ) -> int:
        """Serve one git command and return its exit status."""


class Connection(paramiko.Transport):
    """A transport that can act right after its answer to a request has gone out.

    A channel must not be written to or closed before the client knows whether its request was accepted, and paramiko
    sends that answer only after the request's handler has returned.
    """

    def __init__(self, sock: socket.socket, *, host_keys: Sequence[paramiko.PKey]) -> None:
        super().__init__(sock, default_window_size=WINDOW, default_max_packet_size=PACKET)
        self.peers = describe_peers(sock)
        self._after_answer: dict[int, Callable[[], None]] = {}
        options = self.get_security_options()
        options.ciphers = [name for name in CIPHERS if name in options.ciphers]
        options.digests = [name for name in MACS if name in options.digests]
        for key in host_keys:
            self.add_server_key(key)
        self.auth_timeout = AUTH_SECONDS
        self.banner_timeout = AUTH_SECONDS
        self.auth_handler = TolerantAuthHandler(self)

    def after_answer(self, channel: paramiko.Channel, work: Callable[[], None]) -> None:
        self._after_answer[channel.remote_chanid] = work

    def send_banner(self, text: str) -> None:
        """Have the client show a text while it is not let in yet."""
        message = paramiko.Message()
        message.add_byte(cMSG_USERAUTH_BANNER)
        message.add_string(text)
        message.add_string("")
        self._send_message(message)  # type: ignore[attr-defined]  # not in the published types

    def _send_user_message(self, data: paramiko.Message) -> None:
        super()._send_user_message(data)  # type: ignore[misc]  # not in the published types
        content = data.asbytes()
        if content[:1] not in (ANSWER_SUCCESS, ANSWER_FAILURE):
            return
        work = self._after_answer.pop(int.from_bytes(content[1:5], "big"), None)
        if work is not None:
            work()


ANSWER_SUCCESS = bytes([99])
ANSWER_FAILURE = bytes([100])


class ClientInterface(paramiko.ServerInterface):
    """paramiko's questions about one client."""

    def __init__(self, transport: Connection, *, find_identity: FindIdentity, serve: GitServer) -> None:
        self._transport = transport
        self._find_identity = find_identity
        self._serve = serve
        self._identities: dict[str, Identity | None] = {}
        self._identity: Identity | None = None
        self._controller_away = False

    def get_allowed_auths(self, _username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, _username: str, key: paramiko.PKey) -> int:
        """Asked for each key that a client offers, and again once it has signed with one; any user's name will do."""
        if isinstance(key, UnusableKey) or self._controller_away:
            return AUTH_FAILED
        fingerprint = build_fingerprint(key.asbytes())
        if fingerprint not in self._identities:
            self._identities[fingerprint] = self._look_up(fingerprint)
        self._identity = self._identities[fingerprint]
        return AUTH_SUCCESSFUL if self._identity else AUTH_FAILED

    def _look_up(self, fingerprint: str) -> Identity | None:
        try:
            return self._find_identity(fingerprint)
        except ControllerUnreachable as error:
            log.warning("nobody can be let in: %s", error)
            self._controller_away = True  # the client's other keys need not wait for it as well
            self._transport.send_banner(AWAY)
            return None
        except ReceiveError as error:
            log.info("Failed to authenticate user ssh key %s with the controller: %s", fingerprint, error)
            return None

    def check_channel_request(self, kind: str, _chanid: int) -> int:
        if kind == "session":
            return OPEN_SUCCEEDED
        return OPEN_FAILED_UNKNOWN_CHANNEL_TYPE

    def check_channel_env_request(self, _channel: paramiko.Channel, _name: bytes, _value: bytes) -> bool:
        """Accepted, and ignored: the builder's own environment is all that git gets."""
        return True

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        wanted = parse_command(command.decode(errors="replace"))
        if isinstance(wanted, Illegal):
            log.info("Illegal command is '%s'", wanted.command)
            self._transport.after_answer(channel, lambda: finish(channel, 1))
            return False
        self._transport.after_answer(channel, lambda: self._start(channel, wanted))
        return True

    def _start(self, channel: paramiko.Channel, command: Ping | GitCommand) -> None:
        threading.Thread(target=self._run, args=(channel, command), name="session", daemon=True).start()

    def _run(self, channel: paramiko.Channel, command: Ping | GitCommand) -> None:
        status = 1
        try:
            if isinstance(command, Ping):
                channel.sendall(b"pong")
                status = 0
            elif self._identity is not None:
                status = self._serve(
                    channel, command, fingerprint=self._identity.fingerprint, connection=self._transport.peers
                )
        except (OSError, EOFError, paramiko.SSHException) as error:
            log.info("a client left: %s", error)
        except Exception:  # outermost frame of its thread; the client still gets an exit status
            log.exception("a session failed by a bug")
        finally:
            finish(channel, status)


def finish(channel: paramiko.Channel, status: int) -> None:
    """Send the exit status and close; a client that has gone does not mind."""
    try:
        channel.send_exit_status(status)
        channel.shutdown_write()
        channel.close()
    except (OSError, EOFError, paramiko.SSHException) as error:
        log.debug("a client was gone before its exit status %d: %s", status, error)


def describe_peers(client: socket.socket) -> str:
    """Return ``<remote host> <remote port> <local host> <local port>``."""
    remote, local = client.getpeername(), client.getsockname()
    return f"{remote[0]} {remote[1]} {local[0]} {local[1]}"
