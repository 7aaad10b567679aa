from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.culprits import Part, find_culprits, leave_out, list_parts
from router.discovery import Inputs
from router.errors import ConfigRejected


def build_inputs(count: int = 0, **options: str | None) -> Inputs:
    services = {(f"app{n}", "web"): {"metadata": {"resourceVersion": str(n)}} for n in range(count)}
    deployment = {"metadata": {"name": "deis-router", "annotations": {"a": "1", "b": "2"}}}
    return Inputs(deployment=deployment, services=services, builder={"metadata": {}}, **options)  # type: ignore[arg-type]


def test_parts_and_what_is_left_without_them():
    inputs = build_inputs(2, platform_certificate="p", dhparam="d")
    parts = list_parts(inputs)
    assert [str(part) for part in parts] == [
        "Secret deis-router-platform-cert",
        "Secret deis-router-dhparam",
        "annotation a",
        "annotation b",
        "Service deis-builder",
        "Service app0/web",
        "Service app1/web",
    ]
    assert list_parts(leave_out(inputs, parts)) == []
    assert leave_out(inputs, parts).deployment["metadata"]["name"] == "deis-router"
    for part in parts:
        assert list_parts(leave_out(inputs, [part])) == [other for other in parts if other != part]


def test_a_part_that_has_changed_is_no_longer_left_out():
    inputs = build_inputs(1)
    assert leave_out(inputs, [Part("Service", "app0/web", "old"), Part("annotation", "a", "0")]) is inputs


@given(st.sets(st.integers(0, 39), max_size=4))
def test_all_culprits_are_found_and_nothing_else(bad: set[int]):
    checks = 0

    def check(inputs: Inputs) -> None:
        nonlocal checks
        checks += 1
        found = [n for n in bad if (f"app{n}", "web") in inputs.services]
        if found:
            raise ConfigRejected(f"bad {min(found)}")

    culprits = find_culprits(build_inputs(40), check)
    assert culprits == {Part("Service", f"app{n}/web", str(n)): f"bad {n}" for n in bad}
    assert checks <= 2 + 13 * len(bad)


def test_a_configuration_of_nothing_that_is_refused_has_no_culprit():
    def check(_: Inputs) -> None:
        raise ConfigRejected("the disk is full")

    with pytest.raises(ConfigRejected, match="disk"):
        find_culprits(build_inputs(3), check)
