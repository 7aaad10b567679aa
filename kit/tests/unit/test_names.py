import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.names import build_object_name, is_dns_label


@pytest.mark.parametrize("name", ["a", "shop", "a-b", "9", "a" * 63])
def test_labels(name):
    assert is_dns_label(name)


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a.b", "a_b", "a" * 64, "a\n"])
def test_not_labels(name):
    assert not is_dns_label(name)


def test_a_name_that_fits_stays():
    assert build_object_name("shop", "web") == "shop-web"


def test_a_long_name_is_cut_and_hashed():
    name = build_object_name("a" * 60, "web")
    assert len(name) == 63
    assert name.startswith("a" * 54 + "-")


def test_different_long_names_stay_different():
    assert build_object_name("a" * 62, "web") != build_object_name("a" * 62, "worker")


@given(st.lists(st.text(max_size=80), min_size=1, max_size=3), st.integers(min_value=20, max_value=63))
def test_every_name_is_a_label_within_its_limit(parts, limit):
    name = build_object_name(*parts, limit=limit)
    assert is_dns_label(name)
    assert len(name) <= limit
    assert name == build_object_name(*parts, limit=limit)
