import pytest

from devcluster.errors import InvalidImageName
from devcluster.images import parse_image_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("localhost/deis/controller:abc", "deis/controller:abc"),
        ("docker.io/library/debian:trixie-slim", "library/debian:trixie-slim"),
        ("198.19.255.1:5000/deis/router:1", "deis/router:1"),
        ("deis/router", "deis/router:latest"),
    ],
)
def test_an_image_keeps_its_name_and_loses_its_registry(text, expected):
    assert parse_image_name(text).at("registry:5000") == f"registry:5000/{expected}"


@pytest.mark.parametrize("text", ["", "Foo", "a b", "localhost/", "a@sha256:0", "a:b:c", "../a:1", "a:-"])
def test_what_is_no_name_is_refused(text):
    with pytest.raises(InvalidImageName, match="does not name an image"):
        parse_image_name(text)
