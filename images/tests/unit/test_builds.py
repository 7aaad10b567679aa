"""Which images are built, and in which order."""

import threading

import pytest

from images.buildah import build_command, build_image, build_reference, plan_removals, render_settings_files
from images.builds import plan_builds, plan_order, run_in_order
from images.catalogue import Image, build_tags
from images.dockerfile import parse_dockerfile
from images.errors import BuildFailed
from images.settings import Settings


def test_only_what_is_missing_under_its_tag_is_built():
    existing = [build_reference("base", "aaa"), build_reference("router", "old")]

    assert plan_builds(["base", "router"], tags={"base": "aaa", "router": "bbb"}, existing=existing) == [
        "router"
    ]


def test_nothing_starts_before_what_it_needs():
    done: list[str] = []
    needs = {"base": [], "go": [], "registry": ["base", "go"], "test": ["registry"]}

    run_in_order(["test", "registry", "go", "base"], needs=needs, action=done.append, parallel=2)

    assert set(done[:2]) == {"base", "go"}
    assert done[2:] == ["registry", "test"]


def test_long_chains_come_first_and_compiling_is_one_after_the_other(tmp_path):
    bases = {"base": [], "go": [], "router": ["base"], "store": ["go", "base"], "registry": ["go", "base"]}
    bases["test"] = ["base", "registry", "store"]
    catalogue = {
        name: Image(
            name=name,
            directory=tmp_path,
            dockerfile=parse_dockerfile("".join(f"ARG {base.upper()}=deis/{base}\n" for base in needed)),
        )
        for name, needed in bases.items()
    }

    order, needs = plan_order(catalogue, ["go", "router", "store", "registry", "test"])

    assert order == ["go", "store", "registry", "test", "router"]
    assert needs == {
        "go": set(),
        "store": {"go"},
        "registry": {"go", "store"},
        "test": {"registry", "store"},
        "router": set(),
    }


def test_two_run_at_a_time_and_no_more():
    both = threading.Barrier(2, timeout=10)
    running, most = set(), []

    def act(name):
        running.add(name)
        most.append(len(running))
        both.wait()
        running.discard(name)

    run_in_order(list("abcd"), needs=dict.fromkeys("abcd", ()), action=act, parallel=2)

    assert max(most) <= 2


def test_after_a_failure_nothing_new_starts():
    tried = []

    def act(name):
        tried.append(name)
        if name == "base":
            raise BuildFailed("no space")

    with pytest.raises(BuildFailed, match="no space"):
        run_in_order(["base", "router"], needs={"base": [], "router": ["base"]}, action=act, parallel=2)
    assert tried == ["base"]


def test_the_command_names_bases_by_their_tags(tmp_path):
    dockerfile = parse_dockerfile("ARG BASE=deis/base\nFROM ${BASE}\n")
    image = Image(name="router", directory=tmp_path, dockerfile=dockerfile)

    command = build_command(image, tags={"base": "aaa", "router": "bbb"}, cache=tmp_path)

    assert command[-4:] == [
        "--build-arg",
        "BASE=localhost/deis/base:aaa",
        "--tag",
        "localhost/deis/router:bbb",
    ]


def test_the_newest_images_of_a_name_are_kept():
    references = [build_reference("router", tag) for tag in ("1", "2", "3", "4", "5")]
    references += [build_reference("router-extra", tag) for tag in ("1", "2", "3", "4")]

    assert plan_removals(references, tags={"router": "1"}) == [
        build_reference("router", "2"),
        build_reference("router", "3"),
    ]


def test_indexes_of_this_machine_are_in_the_mounted_files_only_when_given():
    plain = render_settings_files(Settings())
    mirrored = render_settings_files(Settings(pypi="https://pypi.test/simple", go="https://go.test"))

    assert "index-url" not in plain["pip.conf"]
    assert "index-url = https://pypi.test/simple\n" in mirrored["pip.conf"]
    assert "GOPROXY=https://go.test\n" in mirrored["go.env"]


def test_files_that_change_while_images_are_built_do_not_get_the_old_tag(tmp_path):
    (tmp_path / "main.py").write_text("old")
    image = Image(
        name="router", directory=tmp_path, dockerfile=parse_dockerfile("FROM scratch\nCOPY main.py /\n")
    )
    tags = build_tags({"router": image})
    (tmp_path / "main.py").write_text("new")

    with pytest.raises(BuildFailed, match="router changed while"):
        build_image(image, tags=tags, settings=Settings(cache_dir=tmp_path / "cache"))
