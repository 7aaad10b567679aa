"""Runs git for a client: its input and output are the channel's.

A client that leaves stops nothing: git's output is then read to its end and dropped, so that a push goes on.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

import paramiko

from builder.operations import Cancellation

CHUNK = 1 << 15
GONE = (OSError, EOFError, paramiko.SSHException)
"""What a channel raises when its client has left."""
KILLED = 128
"""What a shell adds to the number of the signal that ended a program."""


def run_git_for(
    channel: paramiko.Channel,
    arguments: Sequence[str],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    cancellation: Cancellation,
) -> int:
    """Return git's exit status, after all its output has gone to the client."""
    with subprocess.Popen(
        ["git", *arguments],
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        bufsize=0,
    ) as git:
        if git.stdin is None or git.stdout is None or git.stderr is None:
            raise AssertionError("asked for pipes")
        start(feed, channel, git.stdin)
        pumps = [
            start(drain, git.stdout, channel.sendall),
            start(drain, git.stderr, channel.sendall_stderr),
        ]
        with cancellation.waking(git.kill):
            for pump in pumps:
                pump.join()
            status = git.wait()
    return status if status >= 0 else KILLED - status


def start(work: Callable[..., None], *arguments: object) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, name=f"git-{work.__name__}", daemon=True)
    thread.start()
    return thread


def feed(channel: paramiko.Channel, stdin: IO[bytes]) -> None:
    """Hand what the client sends to git until the client has no more, or git takes no more."""
    with stdin:
        try:
            while chunk := channel.recv(CHUNK):
                stdin.write(chunk)
        except GONE:
            return


def drain(pipe: IO[bytes], send: Callable[[bytes], None]) -> None:
    """Hand what git writes to the client, as long as there is one; read it to the end in any case."""
    present = True
    while chunk := os.read(pipe.fileno(), CHUNK):
        if present:
            try:
                send(chunk)
            except GONE:
                present = False
