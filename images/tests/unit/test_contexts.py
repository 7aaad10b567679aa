"""Which files go into an image, and how they change its tag."""

import pytest

from images.contexts import build_digest, copy_inputs, list_inputs
from images.errors import InvalidDockerfile


@pytest.fixture
def component(tmp_path):
    """A component with its package, tests and droppings."""
    directory = tmp_path / "router"
    for name in ("router/model.py", "router/nginx/main.conf", "tests/unit/test_model.py", "README.md"):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    droppings = directory / "router" / "__pycache__"
    droppings.mkdir()
    (droppings / "model.cpython-313.pyc").write_text("")
    (directory / "router" / ".model.py.swp").write_text("")
    return directory


def test_a_directory_brings_its_files_but_no_droppings(component):
    assert list(list_inputs(component, ["router"])) == ["router/model.py", "router/nginx/main.conf"]


def test_the_whole_context_comes_without_tests(component):
    assert list(list_inputs(component, ["."])) == ["README.md", "router/model.py", "router/nginx/main.conf"]


def test_a_pattern_is_matched(component):
    assert list(list_inputs(component, ["*.md"])) == ["README.md"]


def test_a_file_that_does_not_exist_is_an_error(component):
    with pytest.raises(InvalidDockerfile, match=r"router/Dockerfile copies start, which does not exist"):
        list_inputs(component, ["start"])


def test_an_extra_file_is_found_by_its_name(component, tmp_path):
    extra = tmp_path / "requirements-dev.txt"
    extra.write_text("pytest")

    assert list_inputs(component, ["requirements-dev.txt"], extras=[extra]) == {"requirements-dev.txt": extra}


def get_digest(component, parts=("FROM x",)):
    return build_digest(parts, list_inputs(component, ["router"]))


def test_the_digest_has_twelve_digits_and_stays(component):
    assert len(get_digest(component)) == 12
    assert get_digest(component) == get_digest(component)


def test_the_digest_changes_with_content_place_program_and_text(component):
    seen = {get_digest(component), get_digest(component, ("FROM y",)), get_digest(component, ("FROM x", ""))}
    model = component / "router" / "model.py"
    model.write_text("changed")
    seen.add(get_digest(component))
    model.chmod(0o755)
    seen.add(get_digest(component))
    model.rename(component / "router" / "models.py")
    seen.add(get_digest(component))

    assert len(seen) == 6


def test_the_digest_stays_when_only_a_umask_or_an_unused_file_differs(component):
    before = get_digest(component)
    (component / "router" / "model.py").chmod(0o600)
    (component / "tests" / "unit" / "test_model.py").write_text("changed")
    (component / "README.md").write_text("changed")

    assert get_digest(component) == before


def test_a_link_is_told_from_what_it_points_to(component):
    before = get_digest(component)
    link = component / "router" / "link.py"
    link.symlink_to("model.py")
    with_link = get_digest(component)
    link.unlink()
    link.symlink_to("other.py")

    assert len({before, with_link, get_digest(component)}) == 3


def test_a_context_has_the_same_modes_on_every_machine(component, tmp_path):
    (component / "router" / "model.py").chmod(0o600)
    (component / "router" / "nginx" / "main.conf").chmod(0o700)
    target = tmp_path / "context"

    copies = copy_inputs(list_inputs(component, ["router"]), target)

    assert build_digest((), copies) == build_digest((), list_inputs(component, ["router"]))
    copied = {path.relative_to(target).as_posix(): path for path in target.rglob("*") if path.is_file()}
    assert {name: oct(path.stat().st_mode & 0o777) for name, path in copied.items()} == {
        "router/model.py": "0o644",
        "router/nginx/main.conf": "0o755",
    }
