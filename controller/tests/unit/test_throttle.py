"""How long somebody waits after failed logins, and which addresses count as one."""

import pytest

from controller.api.origins import choose_address
from controller.services.throttle import (
    ADDRESS,
    PAIR,
    Limit,
    Reading,
    compute_wait,
    group_address,
    name_buckets,
)

LIMIT = Limit(10, 60.0)


@pytest.mark.parametrize(
    ("level", "idle", "wait"),
    [
        (0.0, 0.0, 0.0),
        (9.0, 0.0, 0.0),
        (10.0, 0.0, 60.0),
        (10.0, 45.0, 15.0),
        (10.0, 60.0, 0.0),
        (13.0, 0.0, 240.0),
        (3.0, 100000.0, 0.0),
    ],
)
def test_a_bucket_leaks(level, idle, wait):
    assert compute_wait(Reading(level, idle, is_known=False), LIMIT) == pytest.approx(wait)


def test_a_hundred_people_who_mistype_stay_below_the_limit_of_one_address():
    failures = 100 * (PAIR.failures - 1)
    assert compute_wait(Reading(failures, 0.0, is_known=False), ADDRESS) == 0


@pytest.mark.parametrize(
    ("address", "group"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("unknown", "unknown"),
    ],
)
def test_addresses_of_one_network_count_as_one(address, group):
    assert group_address(address) == group


def test_a_bucket_says_nothing_of_whose_it_is():
    names = name_buckets("alice", "192.0.2.7")
    assert len({names.pair, names.user, names.address}) == 3
    assert all(len(name) == 64 for name in (names.pair, names.user, names.address))
    assert name_buckets("a", "b").pair != name_buckets("ab", "").pair


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("198.51.100.1", "", "198.51.100.1"),
        ("198.51.100.1", "192.0.2.7", "192.0.2.7"),
        ("198.51.100.1", "10.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("198.51.100.1", "nonsense", "198.51.100.1"),
        ("198.51.100.1", "2001:DB8::1", "2001:db8::1"),
        ("198.51.100.1", f"fe80::1%{'z' * 100}", "fe80::1"),
        ("", "", "unknown"),
    ],
)
def test_where_a_request_came_from(peer, forwarded, address):
    assert choose_address(peer, forwarded) == address
