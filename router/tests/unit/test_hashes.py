from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from router.hashes import HashSize, plan_hash


def test_few_short_names():
    assert plan_hash([]) == HashSize(max_size=2048, bucket_size=128)
    assert plan_hash(["a" * 63]) == HashSize(max_size=2048, bucket_size=128)


def test_many_names_begin_near_the_end():
    size = plan_hash(f"name{number}" for number in range(5000))
    assert size.max_size > 10_000
    assert plan_hash(str(number) for number in range(20_000)).max_size == 40_000


@given(st.lists(st.integers(1, 300), max_size=50))
def test_every_name_fits_into_a_bucket(lengths: list[int]):
    """The condition of nginx: pointer, length and name, aligned, and one pointer at the end."""
    size = plan_hash("x" * length for length in lengths)
    assert size.bucket_size % 64 == 0
    assert all(size.bucket_size >= 8 + -(-(length + 2) // 8) * 8 + 8 for length in lengths)
