import os
import socket

import pytest

from quickstart.checks import check_distribution, check_port, find_listeners
from quickstart.errors import CheckFailed

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux {0}"\nID=debian\nVERSION_ID="{0}"\n'


@pytest.mark.parametrize("version", ["12", "13"])
def test_debian_12_and_newer_will_do(version: str) -> None:
    check_distribution(DEBIAN.format(version))


@pytest.mark.parametrize(
    "text", [DEBIAN.format("11"), "ID=ubuntu\nVERSION_ID=24.04\nPRETTY_NAME=Ubuntu\n", ""]
)
def test_anything_else_is_told_the_other_way(text: str) -> None:
    with pytest.raises(CheckFailed, match="CLUSTER=current"):
        check_distribution(text)


def test_listeners_are_found_and_connections_are_not() -> None:
    row = (
        "   {0}: 0100007F:{1} 00000000:0000 {2} 00000000:00000000 00:00000000 00000000     0        0 {3} 1 0"
    )
    table = "\n".join(
        [row.format(0, "0050", "0A", 11), row.format(1, "0050", "01", 12), row.format(2, "01BB", "0A", 13)]
    )
    assert find_listeners(80, table) == {"11"}


def test_a_taken_port_is_told_with_who_has_it_and_the_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            CheckFailed, match=rf"Port {port} is taken by .*process {os.getpid()}.*HTTP_PORT="
        ) as raised:
            check_port(port, variable="HTTP_PORT")
    assert "make quickstart" in str(raised.value)
