"""Images by name, in order, with their tags."""

import pytest

from images.catalogue import build_tags, count_dependents, read_catalogue, select
from images.errors import InvalidDockerfile, UnknownImage

DOCKERFILES = {
    "kit": "FROM debian:trixie-slim\nCOPY kit /opt/kit\n",
    "images/go": "FROM debian:trixie-slim\n",
    "images/test": "ARG BASE=deis/base\nARG REGISTRY=deis/registry\nFROM ${REGISTRY} AS r\nFROM ${BASE}\n"
    "COPY requirements-dev.txt /tmp/\n",
    "registry": "ARG BASE=deis/base\nARG GO=deis/go\nFROM ${GO} AS c\nFROM ${BASE}\nCOPY registry /opt/\n",
    "router": "ARG BASE=deis/base\nFROM ${BASE}\nCOPY router /opt/\n",
}
FILES = ("kit/kit/names.py", "registry/registry/main.py", "router/router/main.py", "requirements-dev.txt")


@pytest.fixture
def checkout(tmp_path):
    for directory, text in DOCKERFILES.items():
        write(tmp_path / directory / "Dockerfile", text)
    for file in FILES:
        write(tmp_path / file, file)
    write(tmp_path / "docs" / "index.md", "no image")
    return tmp_path


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_an_image_is_called_like_its_directory_but_the_kit_makes_the_base(checkout):
    assert sorted(read_catalogue(checkout)) == ["base", "go", "registry", "router", "test"]


def test_what_others_need_comes_first(checkout):
    order = list(read_catalogue(checkout))

    assert order.index("base") < order.index("router")
    assert order.index("go") < order.index("registry") < order.index("test")


def test_a_change_reaches_the_tags_of_all_that_builds_on_it_and_no_others(checkout):
    before = build_tags(read_catalogue(checkout))
    write(checkout / "registry/registry/main.py", "changed")
    after = build_tags(read_catalogue(checkout))

    assert {name for name in before if before[name] != after[name]} == {"registry", "test"}


def test_a_change_of_the_base_reaches_every_component(checkout):
    before = build_tags(read_catalogue(checkout))
    write(checkout / "kit/kit/names.py", "changed")
    after = build_tags(read_catalogue(checkout))

    assert {name for name in before if before[name] == after[name]} == {"go"}


def test_a_file_from_elsewhere_in_the_checkout_changes_the_tag(checkout):
    before = build_tags(read_catalogue(checkout))
    write(checkout / "requirements-dev.txt", "changed")
    after = build_tags(read_catalogue(checkout))

    assert {name for name in before if before[name] != after[name]} == {"test"}


def test_one_image_brings_what_it_needs(checkout):
    catalogue = read_catalogue(checkout)

    assert sorted(select(catalogue, ["registry"])) == ["base", "go", "registry"]
    assert select(catalogue, []) == list(catalogue)


def test_another_components_broken_dockerfile_does_not_matter(checkout):
    write(checkout / "router/Dockerfile", "ARG BASE=deis/base\nFROM ${BASE}\nCOPY missing /opt/\n")

    assert sorted(build_tags(read_catalogue(checkout), ["registry"])) == ["base", "go", "registry"]


def test_an_unknown_name_is_an_error_that_lists_the_known_ones(checkout):
    with pytest.raises(UnknownImage, match="no image routr; there are base, go, registry, router, test"):
        select(read_catalogue(checkout), ["routr"])


def test_a_base_that_does_not_exist_is_an_error(checkout):
    write(checkout / "router/Dockerfile", "ARG BASE=deis/bases\nFROM ${BASE}\n")

    with pytest.raises(InvalidDockerfile, match="router builds on bases"):
        read_catalogue(checkout)


def test_a_circle_is_an_error(checkout):
    write(checkout / "kit/Dockerfile", "ARG R=deis/router\nFROM ${R}\n")

    with pytest.raises(InvalidDockerfile, match="circle"):
        read_catalogue(checkout)


def test_long_chains_are_known(checkout):
    assert count_dependents(read_catalogue(checkout)) == {
        "base": 2,
        "go": 2,
        "registry": 1,
        "router": 0,
        "test": 0,
    }
