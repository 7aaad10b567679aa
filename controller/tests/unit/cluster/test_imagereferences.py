import pytest

from controller.cluster.errors import ImageForbidden, RegistryError
from controller.cluster.imagereferences import check_allowed, parse_image

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "host", "repository", "version", "text"),
    [
        ("debian", "docker.io", "library/debian", "latest", "debian:latest"),
        ("bob/app:2", "docker.io", "bob/app", "2", "bob/app:2"),
        ("docker.io/debian", "docker.io", "library/debian", "latest", "docker.io/debian:latest"),
        ("localhost/x:1", "localhost", "x", "1", "localhost/x:1"),
        ("r.io:5000/a/b/c:v-1.2", "r.io:5000", "a/b/c", "v-1.2", "r.io:5000/a/b/c:v-1.2"),
        (f"r.io/x@{DIGEST}", "r.io", "x", DIGEST, f"r.io/x@{DIGEST}"),
        (f"r.io/x:1@{DIGEST}", "r.io", "x", DIGEST, f"r.io/x@{DIGEST}"),
    ],
)
def test_parts_of_a_name(image, host, repository, version, text):
    reference = parse_image(image)
    assert (reference.host, reference.repository, reference.version) == (host, repository, version)
    assert str(reference) == text


@pytest.mark.parametrize("image", ["", "Shop", "a b", "x:", "-x", "x@sha256:12", "../x", "x:" + "t" * 129])
def test_what_is_no_name_of_an_image(image):
    with pytest.raises(RegistryError, match="invalid reference format"):
        parse_image(image)


@pytest.mark.parametrize("image", ["deis/controller", "r.io/deis/registry:1", "deis/workflow-manager"])
def test_the_platforms_own_images_are_refused(image):
    with pytest.raises(ImageForbidden, match="is not allowed, as it is reserved by Deis"):
        check_allowed(parse_image(image))


def test_other_images_are_allowed():
    check_allowed(parse_image("deis/example-go"))
    check_allowed(parse_image("bob/controller"))
    check_allowed(parse_image("deis/controller-tools"))
