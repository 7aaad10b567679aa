"""Which registries are spoken to without TLS."""

import pytest

from images.pushes import is_plain


@pytest.mark.parametrize(
    "registry", ["127.0.0.1:5000", "198.19.255.1:5000", "localhost:5001", "kind.localhost:5000/x"]
)
def test_this_machines_own_are(registry):
    assert is_plain(registry)


@pytest.mark.parametrize("registry", ["registry.example.com", "registry.example.com:5000/team"])
def test_others_are_not(registry):
    assert not is_plain(registry)
