import pytest

from devcluster.checks import check_distribution, is_in_the_way, parse_address, parse_tcp
from devcluster.errors import UnsupportedMachine
from devcluster.settings import Settings

TABLE = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0
   1: 0100007F:0050 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 100 0 0 10 0
"""


def test_only_listening_sockets_are_listeners():
    (found,) = parse_tcp(TABLE)
    assert (found.address, found.port, found.inode) == ("127.0.0.1", 80, "4242")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("00000000", "0.0.0.0"),
        ("01FF13C6", "198.19.255.1"),
        ("0" * 32, "::"),
        ("0000000000000000FFFF00000100007F", "127.0.0.1"),
    ],
)
def test_addresses_are_read_in_the_machines_byte_order(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("address", "expected"),
    [("0.0.0.0", True), ("::", True), ("127.0.0.1", True), ("198.19.255.1", True), ("192.0.2.2", False)],
)
def test_a_listener_is_in_the_way_on_loopback_and_on_the_nodes_address(address, expected):
    assert is_in_the_way(address, Settings()) is expected


@pytest.mark.parametrize("version", ['VERSION_ID="12"', 'VERSION_ID="13"', ""])
def test_debian_12_and_newer_are_supported(version):
    check_distribution(f"ID=debian\n{version}\n")


@pytest.mark.parametrize(
    "text", ['ID=debian\nVERSION_ID="11"', 'ID=ubuntu\nVERSION_ID="24.04"\nPRETTY_NAME="Ubuntu 24.04"', ""]
)
def test_other_distributions_are_refused_by_name(text):
    with pytest.raises(UnsupportedMachine, match="needs Debian 12 or newer; this is"):
        check_distribution(text)
