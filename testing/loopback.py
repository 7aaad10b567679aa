"""Ports of this machine's loopback for the servers of tests, never the same for two tests at the same time.

A port that is asked of the kernel and given back may be anybody's a moment later: another test's, or that of an
outgoing connection while a server is restarted. So these lie below the outgoing ones, and each is claimed for as long
as the process lives, by a name that all processes of the machine share and that goes with them.
"""

from __future__ import annotations

import itertools
import os
import socket

FIRST, COUNT = 10000, 20000

_order = itertools.count(os.getpid() * 97)
"""Processes begin in different places, so that they rarely find a port claimed."""


def find_port() -> int:
    """A port of 127.0.0.1 where nobody listens, and that is this process's own from now on.

    Raises:
        OSError: none is left.
    """
    for number in itertools.islice(_order, COUNT):
        port = FIRST + number % COUNT
        if _is_free(port) and _claim(port):
            return port
    raise OSError("no port of loopback is free")


def _claim(port: int) -> bool:
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0deis-test-port-{port}")
    except OSError:
        claim.close()
        return False
    claim.detach()  # open for as long as the process lives
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
