import json
from typing import Any

import pytest

from controller.cluster.errors import ImageForbidden, RegistryError
from controller.cluster.imagecopy import build_index, choose_children
from controller.cluster.registryanswers import RegistryRefused
from controller.cluster.registryclient import Document
from controller.cluster.registryimages import choose_url, parse_credentials, parse_exposed_ports
from controller.cluster.registrypools import Pools, is_excepted

INDEX = Document(
    body=json.dumps(
        {
            "manifests": [
                {"digest": "a", "platform": {"os": "linux", "architecture": "amd64"}},
                {"digest": "b", "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
                {"digest": "c", "platform": {"os": "unknown", "architecture": "unknown"}},
            ]
        }
    ).encode(),
    media_type="application/vnd.oci.image.index.v1+json",
)


def test_an_index_is_cut_down_to_what_the_cluster_runs():
    chosen = choose_children(INDEX, platforms=frozenset({"linux/arm64"}))
    assert [entry["digest"] for entry in chosen] == ["b"]
    assert build_index(INDEX, chosen).content == {"manifests": chosen}
    with pytest.raises(RegistryError, match="not made for linux/s390x, only for linux/amd64, linux/arm64"):
        choose_children(INDEX, platforms=frozenset({"linux/s390x"}))


def test_where_a_registry_answers():
    mirrors = {"docker.io": "http://mirror:5000"}
    assert choose_url("docker.io", mirrors=mirrors) == "http://mirror:5000"
    assert choose_url("docker.io", mirrors={}) == "https://registry-1.docker.io"
    assert choose_url("127.0.0.1:5000", mirrors={}) == "http://127.0.0.1:5000"
    assert choose_url("r.example.com", mirrors={}) == "https://r.example.com"


def test_only_tcp_ports_count():
    exposed: dict[str, Any] = {"8080/tcp": {}, "53/udp": {}, "443": {}}
    assert parse_exposed_ports({"config": {"ExposedPorts": exposed}}) == (443, 8080)
    assert parse_exposed_ports({}) == ()
    assert parse_exposed_ports({"config": {"ExposedPorts": None}}) == ()


def test_half_a_login_is_refused():
    assert parse_credentials({}) is None
    login = parse_credentials({"username": "bob", "password": "s3"})
    assert login is not None
    assert login.password.reveal() == "s3"
    with pytest.raises(ImageForbidden, match="Registry auth requires a username and a password"):
        parse_credentials({"username": "bob"})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"errors":[{"code":"DENIED","message":"no"}]}', "no"),
        (b'{"errors":[{"code":"DENIED"}]}', "DENIED"),
        (b"<html>bad gateway", "<html>bad gateway"),
        (b"[]", "[]"),
        (b"", "status 502"),
    ],
)
def test_a_registrys_own_words(body, text):
    assert str(RegistryRefused.parse(502, body)) == text


@pytest.mark.parametrize(
    ("host", "listed", "expected"),
    [
        ("deis-registry.deis.svc.cluster.local:80", ".svc.cluster.local", True),
        ("deis-registry.deis.svc.cluster.local", "svc.cluster.local", True),
        ("r.example.com", "example.org, r.example.com:443", True),
        ("example.com.evil", "example.com", False),
        ("anything", "*", True),
        ("anything", "", False),
    ],
)
def test_hosts_that_need_no_proxy(host, listed, expected):
    assert is_excepted(host, listed) is expected


def test_the_proxy_of_a_scheme():
    pools = Pools({"https": "http://proxy:3128", "no": "inside.example.com"})
    outside = pools.choose("https://r.example.com/v2/")
    assert outside.proxy is not None
    assert pools.choose("http://r.example.com/v2/").proxy is None
    assert pools.choose("https://inside.example.com/v2/").proxy is None
