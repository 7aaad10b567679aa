from __future__ import annotations

import hashlib
import json
import os
import time

import pytest
import urllib3

from dockerbuilder.errors import PushFailed
from dockerbuilder.push import push_image
from dockerbuilder.settings import PushSettings
from kit.registrytoken import sign_token
from kit.settings import Secret

from .conftest import TOKENS

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def add_blob(layout, content):
    digest = hashlib.sha256(content).hexdigest()
    (layout / "blobs/sha256").mkdir(parents=True, exist_ok=True)
    (layout / "blobs/sha256" / digest).write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


@pytest.fixture
def layout(tmp_path):
    path = tmp_path / "image"
    config = add_blob(path, json.dumps({"architecture": "amd64", "os": "linux", "config": {}}).encode())
    layers = [add_blob(path, os.urandom(5 << 20)), add_blob(path, b"small")]
    manifest = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+zstd", **layer} for layer in layers],
    }
    entry = {"mediaType": MANIFEST, **add_blob(path, json.dumps(manifest).encode())}
    (path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return path


def test_an_image_arrives_whole_and_a_second_time(start_registry, layout):
    url = start_registry("")
    settings = PushSettings(registry_url=url, repository="shop", tag="git-12345678")
    push_image(layout, settings)
    push_image(layout, settings)
    answer = urllib3.request("GET", f"{url}/v2/shop/manifests/git-12345678", headers={"Accept": MANIFEST})
    assert answer.status == 200
    for layer in answer.json()["layers"]:
        blob = urllib3.request("GET", f"{url}/v2/shop/blobs/{layer['digest']}").data
        assert f"sha256:{hashlib.sha256(blob).hexdigest()}" == layer["digest"]


def test_a_token_opens_its_own_repository_only(start_registry, layout, key_pair):
    url = start_registry(TOKENS)
    token = sign_token(
        key_pair.key,
        key_pair.certificate,
        repository="shop",
        actions=["pull", "push"],
        now=time.time(),
        lifetime=60,
    )
    push_image(layout, PushSettings(registry_url=url, repository="shop", tag="t", token=Secret(token)))
    with pytest.raises(PushFailed, match=r"^The registry refused the image: status 401"):
        push_image(layout, PushSettings(registry_url=url, repository="blog", tag="t", token=Secret(token)))
    with pytest.raises(PushFailed, match="status 401"):
        push_image(layout, PushSettings(registry_url=url, repository="shop", tag="t"))


def test_no_registry_is_a_sentence(layout):
    with pytest.raises(PushFailed, match=r"^The registry does not answer"):
        push_image(layout, PushSettings(registry_url="http://127.0.0.1:1", repository="shop", tag="t"))
