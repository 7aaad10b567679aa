"""The registry's walls: who may push and pull what, through both of its doors."""

import hashlib
import json
import time

import pytest
import urllib3

from kit.registrytoken import sign_token

CONFIG = b'{"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}'
LAYER = b"not really a layer"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"


def digest(content):
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def build_manifest():
    def describe(kind, content):
        media_type = f"application/vnd.oci.image.{kind}"
        return {"mediaType": media_type, "size": len(content), "digest": digest(content)}

    config, layer = describe("config.v1+json", CONFIG), describe("layer.v1.tar", LAYER)
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST_TYPE, "config": config, "layers": [layer]}
    return json.dumps(manifest).encode()


class Client:
    """One who pushes and pulls."""

    def __init__(self, address, headers):
        self.address = address
        self.headers = headers

    def ask(self, method, path, *, body=None, headers=()):
        url = path if path.startswith("http") else self.address + path
        return urllib3.request(
            method, url, body=body, headers={**self.headers, **dict(headers)}, redirect=False, retries=False
        )

    def push_blob(self, repository, content):
        started = self.ask("POST", f"/v2/{repository}/blobs/uploads/")
        if started.status != 202:
            return started.status
        where = started.headers["Location"]
        return self.ask("PUT", f"{where}&digest={digest(content)}", body=content).status

    def push(self, repository, tag="v1"):
        """The status of the first refused request, or of the last."""
        for content in (CONFIG, LAYER):
            status = self.push_blob(repository, content)
            if status != 201:
                return status
        path = f"/v2/{repository}/manifests/{tag}"
        return self.ask("PUT", path, body=build_manifest(), headers={"Content-Type": MANIFEST_TYPE}).status

    def pull(self, repository, tag="v1"):
        return self.ask("GET", f"/v2/{repository}/manifests/{tag}", headers={"Accept": MANIFEST_TYPE})


@pytest.fixture
def builder(platform):
    """Makes clients with a token for one repository."""

    def make(repository, actions=("pull", "push"), *, lifetime=60.0, now=None):
        moment = time.time() if now is None else now
        token = sign_token(
            platform.key,
            platform.certificate,
            repository=repository,
            actions=actions,
            now=moment,
            lifetime=lifetime,
        )
        return Client(platform.push, {"Authorization": f"Bearer {token}"})

    return make


@pytest.fixture
def node(platform):
    return Client(platform.nodes, urllib3.make_headers(basic_auth="node:pull-only"))


def test_a_token_pushes_to_its_repository_and_a_node_pulls_it(builder, node):
    assert builder("shop").push("shop") == 201

    pulled = node.pull("shop")

    assert pulled.status == 200
    assert pulled.data == build_manifest()
    assert node.ask("GET", f"/v2/shop/blobs/{digest(LAYER)}").data == LAYER


def test_a_token_for_one_repository_opens_no_other(builder):
    assert builder("blog").push("blog") == 201

    assert builder("shop").push("blog") == 401
    assert builder("shop").pull("blog").status == 401


def test_a_token_for_pulling_does_not_push(builder):
    assert builder("blog").push("blog") == 201

    assert builder("blog", ["pull"]).push("blog") == 401
    assert builder("blog", ["pull"]).pull("blog").status == 200


def test_an_old_token_is_refused(builder):
    assert builder("shop", now=time.time() - 3600).push("shop") == 401


def test_nobody_gets_in_without_a_token(platform):
    stranger = Client(platform.push, {})

    assert stranger.push("shop") == 401
    assert stranger.pull("shop").status == 401
    assert stranger.ask("GET", "/v2/_catalog").status == 401


def test_a_node_can_not_change_anything(node, builder):
    assert builder("shop").push("shop") == 201

    assert node.push("shop") == 405
    assert node.ask("DELETE", f"/v2/shop/manifests/{digest(build_manifest())}").status == 405
    assert node.pull("shop").status == 200


@pytest.mark.parametrize("headers", [{}, urllib3.make_headers(basic_auth="node:wrong")])
def test_the_door_of_the_nodes_needs_the_password(platform, headers):
    assert Client(platform.nodes, headers).pull("shop").status == 401


def test_a_token_does_not_open_the_door_of_the_nodes(platform, builder):
    token = builder("shop").headers

    assert Client(platform.nodes, token).pull("shop").status == 401


def test_layers_come_from_the_registry_itself_not_by_a_redirect_to_the_store(builder, node):
    assert builder("shop").push("shop") == 201

    assert node.ask("GET", f"/v2/shop/blobs/{digest(LAYER)}").status == 200


def test_an_image_can_be_deleted_with_a_token_that_says_so(builder, node):
    client = builder("gone", ["pull", "push", "delete"])
    assert client.push("gone") == 201

    assert client.ask("DELETE", f"/v2/gone/manifests/{digest(build_manifest())}").status == 202
    assert node.pull("gone").status == 404
