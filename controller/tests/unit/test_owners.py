"""Who holds a lease, and which of them are pods that can be asked about."""

import os
import socket

import pytest

from controller.owners import build_owner, parse_pod
from controller.settings import ProcessSettings, Settings
from kit.settings import Secret


def build(pod_name):
    return Settings(
        secret_key=Secret("s"),
        builder_key=Secret("b"),
        namespace="deis",
        process=ProcessSettings(pod_name=pod_name),
    )


def test_a_pod_is_named_with_its_namespace():
    assert build_owner(build("deis-controller-1-x")) == "deis/deis-controller-1-x:"
    assert (
        build_owner(build("deis-controller-1-x"), os.getpid()) == f"deis/deis-controller-1-x:{os.getpid()}:"
    )


def test_outside_of_kubernetes_it_is_the_host():
    assert build_owner(build("")) == f"{socket.gethostname()}:"


@pytest.mark.parametrize(
    ("owner", "pod"),
    [
        ("deis/deis-controller-1-x:7:0a1b", "deis-controller-1-x"),
        ("deis-controller-1-x:7:0a1b", ""),  # a host, or a controller of before
        ("elsewhere/deis-controller-1-x:7:0a1b", ""),
        ("", ""),
    ],
)
def test_only_a_pod_of_this_namespace_can_be_asked_about(owner, pod):
    assert parse_pod(owner, namespace="deis") == pod
