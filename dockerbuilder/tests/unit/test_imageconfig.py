from __future__ import annotations

import hashlib
import json

import pytest

from dockerbuilder.errors import ImageBroken
from dockerbuilder.imageconfig import blob_path, strip_config, strip_image
from dockerbuilder.push import read_image

INJECTED = {"SSL_CERT_FILE": "/run/deis/ca", "PIP_INDEX_URL": "https://mirror"}
STEP = '/bin/sh -c #(nop) ENV "SSL_CERT_FILE"="/run/deis/ca" "PIP_INDEX_URL"="https://mirror"'


def test_only_what_still_has_our_value_goes():
    config = {
        "architecture": "amd64",
        "config": {"Env": ["PATH=/bin", "SSL_CERT_FILE=/run/deis/ca", "PIP_INDEX_URL=users"], "Cmd": ["a"]},
        "history": [
            {"created_by": "base"},
            {"created_by": STEP, "empty_layer": True},
            {"created_by": "ENV PIP_INDEX_URL=users", "empty_layer": True},
        ],
    }
    assert strip_config(config, INJECTED) == {
        "architecture": "amd64",
        "config": {"Env": ["PATH=/bin", "PIP_INDEX_URL=users"], "Cmd": ["a"]},
        "history": [{"created_by": "base"}, {"created_by": "ENV PIP_INDEX_URL=users", "empty_layer": True}],
    }


def store(layout, content):
    raw = json.dumps(content).encode()
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    path = blob_path(layout, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    return {"digest": digest, "size": len(raw)}


@pytest.fixture
def layout(tmp_path):
    config = store(tmp_path, {"config": {"Env": ["SSL_CERT_FILE=/run/deis/ca"]}})
    layer = store(tmp_path, ["a layer"])
    manifest = store(tmp_path, {"config": config, "layers": [layer, layer]})
    index = {"manifests": [{**manifest, "mediaType": "application/vnd.oci.image.manifest.v1+json"}]}
    (tmp_path / "index.json").write_text(json.dumps(index))
    return tmp_path


def test_everything_that_names_the_configuration_names_the_new_one(layout):
    strip_image(layout, INJECTED)
    image = read_image(layout)
    manifest = json.loads(image.manifest)
    config = blob_path(layout, manifest["config"]["digest"]).read_bytes()
    assert json.loads(config)["config"]["Env"] == []
    assert manifest["config"]["size"] == len(config)
    assert manifest["config"]["digest"] == f"sha256:{hashlib.sha256(config).hexdigest()}"
    assert len(image.blobs) == 2


@pytest.mark.parametrize(
    "index", ["", "{}", '{"manifests": []}', '{"manifests": [{"digest": "../../etc/passwd"}]}']
)
def test_no_layout(tmp_path, index):
    (tmp_path / "index.json").write_text(index)
    with pytest.raises(ImageBroken):
        strip_image(tmp_path, INJECTED)
    with pytest.raises(ImageBroken):
        read_image(tmp_path)
