"""Registries that answer nonsense, refuse or break off: a sentence for the user, never "Server Error"."""

import json

import pytest

from controller.cluster.errors import ImageForbidden, RegistryAway, RegistryError
from controller.cluster.registryimages import RegistryImages, RegistryOptions

from .scripted import Reply, serving

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"
DIGEST = f"sha256:{'a' * 64}"
CONFIG = {"digest": DIGEST, "size": 2}
TARGET = "127.0.0.1:5555/shop:v3"


def build_manifest(**values):
    manifest = {"mediaType": MANIFEST_TYPE, "config": CONFIG, "layers": [], **values}
    return Reply(body=json.dumps(manifest).encode())


def script(**replies):
    """Answers by what is asked for: ``manifests``, ``blobs``, ``uploads``, ``upload`` (the blob itself), ``token``."""

    def answer(method, path):
        if "/upload?" in path:
            return replies.get("upload", Reply(status=201))
        kinds = (kind for kind in ("token", "manifests", "uploads", "blobs") if f"/{kind}" in path)
        reply = replies[f"{method}_{next(kinds)}"]
        return reply() if callable(reply) else reply

    return answer


def look_at(**replies):
    with serving(script(**replies)) as address:
        return RegistryImages(RegistryOptions(url="http://127.0.0.1:1", timeout=5.0)).get_exposed_ports(
            f"{address}/team/web:1"
        )


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ({"GET_manifests": Reply(body=b"<html>")}, "is no JSON"),
        ({"GET_manifests": Reply(body=b"[" * 100_000)}, "is no JSON"),
        ({"GET_manifests": Reply(body=b"[]")}, "is no JSON object"),
        ({"GET_manifests": build_manifest(config=None)}, "without a digest"),
        ({"GET_manifests": build_manifest(config={"digest": "../x"})}, "without a digest"),
        (
            {"GET_manifests": build_manifest(mediaType=INDEX_TYPE, manifests=["x"])},
            "is not made for linux/amd64",
        ),
        ({"GET_manifests": build_manifest(), "GET_blobs": Reply(body=b"\xff")}, "is no JSON"),
        ({"GET_manifests": build_manifest(), "GET_blobs": Reply(status=307)}, "lacks an address"),
        (
            {
                "GET_manifests": build_manifest(),
                "GET_blobs": Reply(status=307, headers={"Location": "http://[x"}),
            },
            "is no address",
        ),
        (
            {"GET_manifests": Reply(status=401, headers={"WWW-Authenticate": 'Bearer service="x"'})},
            "is no address",
        ),
    ],
)
def test_an_image_that_can_not_be_looked_at_is_told_in_a_sentence(replies, words):
    with pytest.raises(RegistryError, match=words):
        look_at(**replies)


def test_whatever_the_platforms_registry_says_it_is_there():
    with serving(lambda *_: Reply(status=401)) as address:
        RegistryImages(RegistryOptions(url=f"http://{address}")).require_own()
    with pytest.raises(RegistryAway, match=r"^The platform's registry does not answer: .*refused"):
        RegistryImages(RegistryOptions(url=f"http://{address}")).require_own()


def test_a_token_that_is_none():
    def answer(_, path):
        if "/token" in path:
            return Reply(body=b"<html>")
        return Reply(status=401, headers={"WWW-Authenticate": f'Bearer realm="http://{address}/token"'})

    with serving(answer) as address, pytest.raises(RegistryError, match="is no JSON"):
        RegistryImages(RegistryOptions(url="http://127.0.0.1:1")).get_exposed_ports(f"{address}/team/web:1")


@pytest.mark.parametrize("config", [{"config": []}, {"config": {"ExposedPorts": [80]}}, {}])
def test_a_config_of_another_shape_exposes_nothing(config):
    body = json.dumps(config).encode()
    assert look_at(GET_manifests=build_manifest(), GET_blobs=Reply(body=body)) == ()


def publish(origin, destination):
    with serving(script(**origin)) as outside, serving(script(**destination)) as ours:
        images = RegistryImages(RegistryOptions(url=f"http://{ours}", timeout=5.0))
        images.publish(f"{outside}/team/web:1", target=TARGET)
        return outside


GOOD_ORIGIN = {"GET_manifests": build_manifest(), "GET_blobs": Reply(body=b"{}")}
EMPTY = {
    "HEAD_blobs": Reply(status=404),
    "POST_uploads": Reply(status=202, headers={"Location": "/v2/shop/blobs/upload?x=1"}),
    "PUT_manifests": Reply(status=201),
}


def test_a_blob_that_the_origin_refuses_is_told_at_the_first_attempt():
    refused = {**GOOD_ORIGIN, "GET_blobs": Reply(status=403)}
    with pytest.raises(
        ImageForbidden, match=r"^Permission Denied attempting to pull image 127\.0\.0\.1:\d+/team"
    ):
        publish(refused, EMPTY)
    gone = {**GOOD_ORIGIN, "GET_blobs": Reply(status=404)}
    with pytest.raises(RegistryError, match=r"^image 127\.0\.0\.1:\d+/team/web:1 not found$"):
        publish(gone, EMPTY)


def test_an_upload_that_is_refused_is_told_at_the_first_attempt():
    refusing = {**EMPTY, "POST_uploads": Reply(status=403)}
    with pytest.raises(ImageForbidden, match=f"^Permission Denied attempting to push image {TARGET}$"):
        publish(GOOD_ORIGIN, refusing)


def test_an_upload_that_leads_nowhere():
    with pytest.raises(RegistryError, match="lacks an address"):
        publish(GOOD_ORIGIN, {**EMPTY, "POST_uploads": Reply(status=202)})


def test_what_breaks_off_is_begun_again():
    asked = []

    def break_off_twice():
        asked.append(1)
        return Reply(body=b"{}", length=None if len(asked) == 3 else 5)

    publish({**GOOD_ORIGIN, "GET_blobs": break_off_twice}, EMPTY)
    assert len(asked) == 3


def test_what_always_breaks_off_is_told_of():
    broken = {**GOOD_ORIGIN, "GET_blobs": Reply(body=b"{", length=5)}
    with pytest.raises(RegistryError, match=r"of image .*/team/web:1 does not answer"):
        publish(broken, EMPTY)
