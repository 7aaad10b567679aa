from __future__ import annotations

import pytest

from deis.errors import CliError
from deis.procfiles import parse_procfile


def test_scalars_are_text() -> None:
    assert parse_procfile("web: ./run\nworker: 5 # five\nflag: true\n") == {
        "web": "./run",
        "worker": "5",
        "flag": "true",
    }
    assert parse_procfile("") == {}


@pytest.mark.parametrize("text", ["just text", "- a\n- b", "web: [a]", "a: b: c", "web: {x: y}"])
def test_what_is_no_flat_map(text: str) -> None:
    with pytest.raises(CliError, match=r"^yaml: "):
        parse_procfile(text)
