"""Starts `deis` by a fork of a process that has imported it already: a fifth of the time of a start from nothing.

Each run is a process of its own, with the words, environment, directory and streams that it is given, and ends as
the program ends. What a start from nothing does besides, some tests look at with ``deis.run``.
"""

from __future__ import annotations

import gc
import json
import os
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

LONGEST = 1 << 20
"""Bytes of one order: words and environment."""


class Zygote:
    """The process to fork from, seen by the tests."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    def start(self, argv: list[str], *, env: dict[str, str], cwd: Path, streams: tuple[int, int, int]) -> int:
        """Begin a run and return its process. The streams are the caller's to close."""
        order = json.dumps([argv, env, str(cwd)]).encode()
        socket.send_fds(self._connection, [order], streams)
        return self._receive()

    def wait(self) -> int:
        """The exit code of what was started last, as ``subprocess`` tells it: below zero for a signal."""
        return os.waitstatus_to_exitcode(self._receive())

    def _receive(self) -> int:
        answer = self._connection.recv(16)
        assert answer, "the zygote is gone"
        return int(answer)


@contextmanager
def start_zygote(env: dict[str, str]) -> Iterator[Zygote]:
    """One for as long as it is needed; it ends when its connection does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LONGEST)
    command = [sys.executable, __file__, str(theirs.fileno())]
    with ours, subprocess.Popen(command, env=env, pass_fds=[theirs.fileno()]):
        theirs.close()
        try:
            yield Zygote(ours)
        finally:
            ours.close()


def serve(connection: socket.socket) -> None:
    """Fork for each order, and answer with the child's number and, once it has ended, its status."""
    import_everything()
    while True:
        order, streams, _, _ = socket.recv_fds(connection, LONGEST, 3)
        if not order:
            return
        child = os.fork()
        if child == 0:
            become(*json.loads(order), streams=streams)
        for stream in streams:
            os.close(stream)
        connection.send(str(child).encode())
        connection.send(str(os.waitpid(child, 0)[1]).encode())


def import_everything() -> None:
    """All that any command imports, but for what nothing may import."""
    from deis.guessing import no_guessing
    from deis.helptexts import NOUNS

    with no_guessing():
        import_module("deis.transport")
    for name in (
        *(f"deis.commands.{noun}" for noun in NOUNS),
        "deis.__main__",
        "yaml",
        "threading",
        "difflib",
    ):
        import_module(name)
    gc.freeze()


def become(argv: list[str], env: dict[str, str], cwd: str, *, streams: list[int]) -> None:
    """Be a program that has just been started; never returns."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    os.closerange(3, 256)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    sys.argv = ["deis", *argv]
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False, errors="backslashreplace")
    try:
        sys.modules["deis.__main__"].main()
    except BaseException:  # noqa: BLE001  # the outermost: what the program ends by itself comes not here
        traceback.print_exc()
    finally:
        os._exit(99)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
