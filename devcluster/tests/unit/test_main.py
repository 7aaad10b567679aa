import pytest

from devcluster import errors
from devcluster.__main__ import build_parser, exit_code_of, main


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.PortTaken("Port 80 is taken."), 3),
        (errors.NetworkUnreachable("No."), 4),
        (errors.DevclusterError("Other."), 1),
        (ValueError("a bug"), 70),
    ],
)
def test_an_errors_nearest_ancestor_decides_the_exit_code(error, code):
    assert exit_code_of(error) == code


def test_every_error_has_an_exit_code_of_its_own_kind():
    kinds = [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.DevclusterError)
    ]
    codes = {
        kind: exit_code_of(kind("x", code=1) if kind is errors.ApiError else kind("x")) for kind in kinds
    }
    assert [kind for kind, code in codes.items() if code == 1] == [errors.DevclusterError]


def test_a_second_node_is_refused_with_a_sentence(capsys):
    assert main(["up", "--nodes", "2"]) == 3
    assert (
        capsys.readouterr().err == "devcluster: devcluster can make one node only, so far; use --nodes 1.\n"
    )


def test_load_takes_several_images():
    assert build_parser().parse_args(["load", "a:1", "b:1"]).images == ["a:1", "b:1"]


def test_env_prints_lines_for_a_shell(capsys):
    assert main(["env"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "export KUBECONFIG=/var/lib/devcluster/kubeconfig",
        "export CONTAINERS_REGISTRIES_CONF=/var/lib/devcluster/registries.conf",
        'export PATH=/var/lib/devcluster/bin:"$PATH"',
    ]
