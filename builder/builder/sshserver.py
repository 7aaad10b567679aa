"""Listens for SSH and gives each connection a thread."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Sequence

import paramiko

from builder.connections import AUTH_SECONDS, KEEPALIVE, ClientInterface, Connection, GitServer
from builder.listeners import Listener
from builder.operations import FindIdentity

log = logging.getLogger(__name__)

BACKLOG = 128
MOST_CONNECTIONS = 500
"""One more waits here, others in the kernel's queue: a connection costs two threads."""
LOOK_AGAIN = 30.0


class SshServer:
    """``port`` 0 takes a free one; the attribute of that name tells which, once it has started."""

    def __init__(
        self,
        address: str,
        port: int,
        *,
        host_keys: Sequence[paramiko.PKey],
        find_identity: FindIdentity,
        serve: GitServer,
        auth_seconds: float = AUTH_SECONDS,
    ) -> None:
        self._auth_seconds = auth_seconds
        self._address = (address, port)
        self._host_keys = host_keys
        self._find_identity = find_identity
        self._serve = serve
        self._listener: Listener | None = None
        self._slots = threading.BoundedSemaphore(MOST_CONNECTIONS)
        self._connections: set[Connection] = set()

    @property
    def port(self) -> int:
        if self._listener is None:
            raise RuntimeError("the server has not started")
        return int(self._listener.socket.getsockname()[1])

    @property
    def is_listening(self) -> bool:
        return self._listener is not None

    def start(self) -> None:
        """Raise ``OSError`` if the address can't be had."""
        self._listener = Listener(socket.create_server(self._address, backlog=BACKLOG, reuse_port=False))
        threading.Thread(target=self._accept, args=(self._listener,), name="ssh", daemon=True).start()

    def stop(self) -> None:
        """Take no new connections; those that are there stay."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.stop()

    def close_all(self) -> None:
        for connection in list(self._connections):
            connection.close()

    def _accept(self, listener: Listener) -> None:
        for client in listener.accept():
            self._slots.acquire()
            threading.Thread(target=self._hold, args=(client,), name="connection", daemon=True).start()

    def _hold(self, client: socket.socket) -> None:
        """Keep a connection until it ends; its channels live as long as somebody knows them."""
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = Connection(client, host_keys=self._host_keys)
            self._connections.add(connection)
            try:
                self._talk(connection)
            finally:
                self._connections.discard(connection)
                connection.close()
        except (OSError, EOFError, paramiko.SSHException) as error:
            log.debug("a connection ended early: %s", error)
        except Exception:  # outermost frame of its thread: one client's connection must not be all of ours
            log.exception("a connection failed by a bug")
        finally:
            client.close()
            self._slots.release()

    def _talk(self, connection: Connection) -> None:
        interface = ClientInterface(connection, find_identity=self._find_identity, serve=self._serve)
        connection.start_server(server=interface)
        connection.set_keepalive(KEEPALIVE)
        first = connection.accept(self._auth_seconds)
        if not connection.is_authenticated():
            return  # paramiko itself lets a client take all the time it likes
        channels: list[paramiko.Channel] = [first] if first is not None else []
        while connection.is_active():
            channel = connection.accept(LOOK_AGAIN)
            channels = [known for known in channels if not known.closed]
            if channel is not None:
                channels.append(channel)
