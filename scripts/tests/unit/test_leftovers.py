"""What of a cluster was left by live tests that were interrupted."""

import importlib.util
from datetime import UTC, datetime
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "leftovers.py"
NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def leftovers():
    spec = importlib.util.spec_from_file_location("leftovers", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def build_item(name, created="2026-01-02T11:00:00Z", **metadata):
    return {"metadata": {"name": name, "creationTimestamp": created, **metadata}}


def test_what_a_test_made_a_while_ago_was_left(leftovers):
    assert leftovers.is_leftover(build_item("ct-0123abcd"), now=NOW)


@pytest.mark.parametrize(
    "item",
    [
        build_item("shop"),
        build_item("act-1"),
        build_item("ct-0123abcd", created="2026-01-02T11:55:00Z"),
        build_item("ct-0123abcd", deletionTimestamp="2026-01-02T11:59:00Z"),
    ],
    ids=[
        "an app",
        "an app whose name has the prefix within",
        "it may be of a test that runs",
        "it goes already",
    ],
)
def test_everything_else_stays(leftovers, item):
    assert not leftovers.is_leftover(item, now=NOW)
