import pytest

from devcluster.toolchain import parse_version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26)),
        ("go version go1.19.8 linux/amd64", (1, 19)),
        ("go version go1.27rc1 linux/amd64", (1, 27)),
        ("go: unknown", (0, 0)),
    ],
)
def test_the_version_is_read(text, version):
    assert parse_version(text) == version
