"""Whose an image in our registry is, however the registry is spelled."""

import pytest

from controller.cluster.images import RegistryFacts
from controller.services.ownimages import find_repository

ON = RegistryFacts(host="127.0.0.1", port=5555)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:5555",
        "localhost:5555",
        "LOCALHOST:5555",
        "localhost.:5555",
        "x.localhost:5555",
        "127.0.0.2:5555",
        "127.1:5555",
        "0x7f.1:5555",
        "2130706433:5555",
        "0.0.0.0:5555",
        "[::1]:5555",
        "[0:0:0:0:0:0:0:1]:5555",
        "[::ffff:127.0.0.1]:5555",
        "[::1%25lo]:5555",
        "127.0.0.1:05555",
    ],
)
def test_every_spelling_of_the_loopback_with_our_port_is_our_registry(host):
    assert find_repository(f"{host}/other:v1", registry=ON) == "other"
    assert find_repository(f" {host}/other/deep@sha256:{'0' * 64}", registry=ON) == "other"


@pytest.mark.parametrize(
    "image",
    [
        "other:v1",
        "team/other:v1",
        "127.0.0.1.evil.io:5555/other:v1",
        "127.0.0.1:55555/other:v1",
        "localhost:32000/other:v1",
        "localhost/other:v1",
        "r.example.com:5555/other:v1",
        "10.0.0.1:5555/other:v1",
    ],
)
def test_other_registries_are_not_ours(image):
    assert find_repository(image, registry=ON) is None


def test_without_a_port_the_usual_ones_are_meant():
    assert find_repository("localhost/other", registry=RegistryFacts(host="127.0.0.1", port=80)) == "other"


def test_a_registry_under_a_name_of_its_own():
    named = RegistryFacts(host="r.example.com", port=5000)
    assert find_repository("R.example.com:5000/other", registry=named) == "other"
    assert find_repository("r.example.com.evil.io:5000/other", registry=named) is None


def test_in_an_outside_registry_nothing_is_ours():
    outside = RegistryFacts(host="127.0.0.1", port=5555, location="off-cluster")
    assert find_repository("127.0.0.1:5555/other", registry=outside) is None
