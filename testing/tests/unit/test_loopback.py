import socket
import subprocess
import sys
from pathlib import Path

import loopback

PROGRAM = """
import itertools, sys
sys.path.insert(0, sys.argv[1])
import loopback
loopback._order = itertools.count(int(sys.argv[2]) - loopback.FIRST)
print(loopback.find_port())
"""


def find_elsewhere(start):
    """What another process finds that begins to look at ``start``; it has ended by then."""
    argv = [sys.executable, "-c", PROGRAM, str(Path(loopback.__file__).parent), str(start)]
    return int(subprocess.run(argv, capture_output=True, text=True, check=True).stdout)


def test_a_port_is_found_once():
    ports = [loopback.find_port() for _ in range(20)]
    assert len(set(ports)) == 20
    assert all(10000 <= port < 30000 for port in ports)


def test_another_process_finds_none_of_ours_while_we_live():
    ours = loopback.find_port()
    assert find_elsewhere(ours) != ours


def test_where_somebody_listens_none_is_found():
    port = find_elsewhere(loopback.find_port())
    with socket.create_server(("127.0.0.1", port)):
        assert find_elsewhere(port) != port
