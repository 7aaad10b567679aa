import random
from typing import Any

import pytest

from controller.cluster.answers import action
from controller.cluster.apply import join_fields
from controller.cluster.errors import ClusterAnswerError, ClusterChanged, ClusterUnreachable, Missing
from controller.cluster.names import build_run_pod_name, parse_version
from kit.kube import KubeConflict, KubeForbidden, KubeNotFound, KubeUnreachable


@pytest.mark.parametrize(
    ("raised", "kind", "text"),
    [
        (
            KubeNotFound("nothing here", status=404),
            Missing,
            'failed to get Namespace "shop": 404 Not Found nothing here',
        ),
        (
            KubeForbidden("quota", status=403),
            ClusterAnswerError,
            'failed to get Namespace "shop": 403 Forbidden quota',
        ),
        (
            KubeConflict("changed", status=409),
            ClusterChanged,
            'failed to get Namespace "shop": 409 Conflict changed',
        ),
        (
            KubeUnreachable("overloaded", status=503),
            ClusterUnreachable,
            'failed to get Namespace "shop": 503 Service Unavailable overloaded',
        ),
    ],
)
def test_an_answer_in_the_specifications_words(raised, kind, text):
    with pytest.raises(kind) as caught, action('get Namespace "shop"'):
        raise raised
    assert str(caught.value) == text


@pytest.mark.parametrize(("verb", "doing"), [("get", "retrieving data from"), ("create", "posting data to")])
def test_silence_says_what_was_asked(verb, doing):
    with pytest.raises(ClusterUnreachable) as caught, action(f"{verb} Nodes"):
        raise KubeUnreachable("connection refused")
    assert str(caught.value).startswith(f"There was a problem {doing} the Kubernetes API server")


def test_fields_of_two_managers_are_joined():
    one: dict[str, Any] = {"f:spec": {"f:replicas": {}, "f:template": {"f:a": {}}}}
    other: dict[str, Any] = {"f:spec": {"f:template": {"f:b": {}}}, "f:metadata": {}}
    assert join_fields(one, other) == {
        "f:spec": {"f:replicas": {}, "f:template": {"f:a": {}, "f:b": {}}},
        "f:metadata": {},
    }


def test_names():
    name = build_run_pod_name("shop", random.Random(1))
    assert name.startswith("shop-run-")
    assert len(name) == len("shop-run-") + 5
    assert [parse_version(text) for text in ("v3", "v", "3", "vx", "")] == [3, 0, 0, 0, 0]
