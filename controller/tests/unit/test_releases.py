"""Summaries and structures. Source: API specification, sections 8.2 and 10.2; Kubernetes specification, section 7."""

import pytest

from controller.errors import InvalidFields
from controller.services.structures import (
    check_procfile,
    check_types,
    choose_default,
    drop_missing,
    get_kind,
    parse_counts,
    plan_structure,
)
from controller.services.summaries import Described, describe_build, summarize, summarize_first
from kit.errors import InvalidInput, NotFound


def describe(**maps):
    return Described(config_owner="bob", maps=maps)


def test_first_release():
    assert summarize_first("bob", describe()) == "bob created initial release"
    text = "bob created initial release and bob added tag rack"
    assert summarize_first("bob", describe(tags={"rack": "1"})) == text


def test_every_part_in_order():
    new = Described(
        config_owner="bob",
        maps={
            "values": {"B": "2", "A": "1", "C": "new"},
            "memory": {"web": "1G"},
            "cpu": {"web": "1"},
            "tags": {"a": "1", "b": "2"},
            "registry": {"username": "x"},
            "healthcheck": {"web/cmd": {}},
        },
        build_uuid="2",
        build_owner="ann",
        build_name=describe_build(sha="060da68654e75e19", image="x"),
    )
    old = Described(
        config_owner="bob",
        maps={
            "values": {"C": "old", "D": "x"},
            "tags": {"b": "1", "c": "2"},
            "healthcheck": {"web/cmd": {"x": 1}},
        },
        build_uuid="1",
    )
    assert summarize(new, old=old) == (
        "ann deployed 060da68 and bob added A, B, changed C, deleted D and bob changed limits for memory, cpu "
        "and bob added tag a, changed tag b, deleted tag c and bob added registry info username "
        "and bob changed healthcheck info for proc type web/cmd"
    )


@pytest.mark.parametrize("hook", ["lifecycle_post_start", "lifecycle_pre_stop"])
def test_a_change_of_a_hook_alone_is_a_release(hook):
    old, new = describe(**{hook: {"web": "a", "worker": "b"}}), describe(**{hook: {"web": "c", "cmd": "d"}})
    assert summarize(new, old=old) == f"bob added {hook}  cmd, changed {hook} web, deleted {hook} worker"


def test_periods_to_stop_in_are_told_with_a_word_between():
    new = describe(memory={"web": "1G"}, termination_grace_period={"web": "60"})
    text = "bob changed limits for memory and bob changed timeouts for termination_grace_period"
    assert summarize(new, old=describe()) == text


def test_nothing_changed():
    assert summarize(describe(values={"A": "1"}), old=describe(values={"A": "1"})) == ""


@pytest.mark.parametrize(
    ("sha", "dockerfile", "procfile", "kind", "default"),
    [
        ("", "", {}, "image", {"cmd": 1}),
        ("", "", {"web": "x"}, "image", {"web": 1}),
        ("a", "true", {}, "dockerfile", {"cmd": 1}),
        ("a", "true", {"worker": "x"}, "dockerfile", {"cmd": 1}),
        ("a", "", {"web": "x", "worker": "y"}, "buildpack", {"web": 1}),
        ("a", "", {"worker": "x"}, "buildpack", {}),
        ("a", "", {}, "buildpack", {"web": 1}),
    ],
)
def test_default_structures(sha, dockerfile, procfile, kind, default):
    assert get_kind(sha=sha, dockerfile=dockerfile) == kind
    assert choose_default(kind, sha=sha, procfile=procfile) == default


def plan(structure, *, previous, kind="image", sha="", procfile=None):
    return plan_structure(structure, kind=kind, sha=sha, procfile=procfile or {}, previous_kind=previous)


def test_structure_at_deploy():
    assert plan({}, previous=None) == {"cmd": 1}
    assert plan({"web": 0, "worker": 2}, previous="image", procfile={"web": "x"}) == {"web": 0, "worker": 2}
    assert plan({"web": 3, "worker": 2}, previous="buildpack") == {"web": 0, "worker": 2, "cmd": 1}
    assert plan({"web": 1}, previous=None) == {"web": 0, "cmd": 1}  # a first deploy of another kind failed


def test_a_forgotten_procfile():
    old = {"web": "x", "worker": "y"}
    structure = {"web": 1, "worker": 1}
    assert drop_missing(structure, old=old, new={}, remove=True) == {"web": 0, "worker": 0}
    assert drop_missing(structure, old=old, new={}, remove=False) == structure
    assert drop_missing(structure, old=old, new={"web": "x"}, remove=False) == {"web": 1, "worker": 0}


@pytest.mark.parametrize("name", ["worker_test", "Worker-test1", "-", "worker-", "-worker"])
def test_wrong_types(name):
    with pytest.raises(InvalidFields):
        check_procfile({name: "x"})


def test_procfiles():
    check_procfile({"worker-test1": "x"})
    for command in ("", None):
        with pytest.raises(InvalidFields, match="Command can't be empty"):
            check_procfile({"web": command})


def test_counts():
    assert parse_counts({"web": "3", "worker": 1.9}) == {"web": 3, "worker": 1}
    for value, text in (
        ("one", "Invalid scaling format: invalid literal for int() with base 10: 'one'"),
        (-1, "Invalid scaling format: ['Must be greater than or equal to zero']"),
    ):
        with pytest.raises(InvalidInput) as caught:
            parse_counts({"web": value})
        assert str(caught.value) == text
    for wrong in ([1], None):
        with pytest.raises(InvalidInput, match="Invalid scaling format"):
            parse_counts({"web": wrong})


def test_unknown_types():
    check_types({"cmd": 1, "web": 1}, procfile={"web": "x"})
    with pytest.raises(NotFound, match="Container type foo does not exist in application"):
        check_types({"foo": 1}, procfile={"web": "x"})
