"""Copying and looking at images between two real registries.

An outside one with a login, ours with tokens.
"""

import datetime
import hashlib
import json
import os
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from controller.cluster.errors import ImageForbidden, RegistryError
from controller.cluster.imagereferences import parse_image
from controller.cluster.registryclient import Document, Repository, build_basic
from controller.cluster.registryimages import Credentials, RegistryImages, RegistryOptions
from controller.cluster.registrypools import Pools
from kit.settings import Secret

from ..registries import MANIFEST, put_blob, running_registry  # noqa: TID252 - tests are no package

HTPASSWD = "node:$2b$05$KkbjTzzwc4/4S5Dl9cmZVeS3qZVFk9Mehqr/7o3AIU86zAcV9DZt2\n"
"""Of the password ``pull-only``."""
LOGIN = Credentials(username="node", password=Secret("pull-only"))
INDEX = "application/vnd.oci.image.index.v1+json"


def make_key_pair():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "deis-registry")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36500))
        .sign(key, SHA256())
    )
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return text, certificate.public_bytes(Encoding.PEM).decode()


@pytest.fixture(scope="module")
def outside(tmp_path_factory):
    folder = tmp_path_factory.mktemp("outside")
    (folder / "htpasswd").write_text(HTPASSWD)
    auth = {"htpasswd": {"realm": "outside", "path": str(folder / "htpasswd")}}
    with running_registry(folder, auth=auth) as address:
        yield address


@pytest.fixture(scope="module")
def options(tmp_path_factory):
    """Our own registry, named as nodes name it, and what signs its tokens."""
    folder = tmp_path_factory.mktemp("ours")
    key, certificate = make_key_pair()
    (folder / "tls.crt").write_text(certificate)
    token = {
        "realm": "http://127.0.0.1:1/nobody-calls-this",
        "service": "deis-registry",
        "issuer": "deis",
        "rootcertbundle": str(folder / "tls.crt"),
    }
    with running_registry(folder, auth={"token": token}) as address:
        yield RegistryOptions(
            url=f"http://{address}",
            names=("127.0.0.1:5555",),
            token_key=Secret(key),
            token_certificate=certificate,
            timeout=10.0,
        )


@pytest.fixture(scope="module")
def images(options):
    return RegistryImages(options)


@pytest.fixture(scope="module")
def push(outside):
    """Puts an image into the outside registry."""

    def put(name, *, ports=(), layer=b"layer", tag="latest", platform=None):
        repository = Repository(
            Pools({}), f"http://{outside}", name, timeout=10.0, login=("node", "pull-only")
        )
        config = json.dumps(
            {"architecture": "amd64", "os": "linux", "config": {"ExposedPorts": {port: {} for port in ports}}}
        ).encode()
        blobs = [put_blob(repository, data) for data in (config, layer)]
        manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": blobs[0], "layers": blobs[1:]}
        body = json.dumps(manifest).encode()
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        repository.put_manifest(digest if platform else tag, Document(body=body, media_type=MANIFEST))
        return {"mediaType": MANIFEST, "digest": digest, "size": len(body), "platform": platform}

    return put


def read_layer(options, images, name, version):
    """The bytes of an image's first layer in our registry, fetched with a fresh token."""
    repository = images._open(parse_image(f"127.0.0.1:5555/{name}:{version}"))
    manifest = repository.get_manifest(version)
    return b"".join(repository.open_blob(manifest.content["layers"][0]["digest"]))


def test_an_image_is_copied_whole_and_its_ports_are_read_on_both_sides(outside, options, images, push):
    layer = os.urandom(3 * 1024 * 1024 + 17)
    push("team/web", ports=("8080/tcp", "53/udp", "443/tcp"), layer=layer)
    source = f"{outside}/team/web:latest"
    assert images.get_exposed_ports(source, credentials=LOGIN) == (443, 8080)
    images.publish(source, target="127.0.0.1:5555/shop:v3", credentials=LOGIN)
    assert images.get_exposed_ports("127.0.0.1:5555/shop:v3") == (443, 8080)
    assert read_layer(options, images, "shop", "v3") == layer
    images.publish(source, target="127.0.0.1:5555/shop:v4", credentials=LOGIN)  # again: nothing to send
    assert images.get_exposed_ports("127.0.0.1:5555/shop:v4") == (443, 8080)


def test_of_an_image_for_many_platforms_only_the_clusters_is_copied(outside, options, images, push):
    entries = [
        push(
            "multi",
            layer=name.encode(),
            platform={"os": "linux", "architecture": name},
            ports=(f"{port}/tcp",),
        )
        for name, port in (("arm64", 1001), ("amd64", 1002), ("s390x", 1003))
    ]
    repository = Repository(
        Pools({}),
        f"http://{outside}",
        "multi",
        timeout=10.0,
        authorization=build_basic(("node", "pull-only")),
    )
    body = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}).encode()
    repository.put_manifest("1", Document(body=body, media_type=INDEX))

    images.publish(f"{outside}/multi:1", target="127.0.0.1:5555/multi:v2", credentials=LOGIN)
    assert images.get_exposed_ports("127.0.0.1:5555/multi:v2") == (1002,)
    assert read_layer(options, images, "multi", "v2") == b"amd64"

    both = RegistryImages(replace(options, platforms=frozenset({"linux/amd64", "linux/arm64"})))
    both.publish(f"{outside}/multi:1", target="127.0.0.1:5555/multi:v3", credentials=LOGIN)
    copied = both._open(parse_image("127.0.0.1:5555/multi:v3")).get_manifest("v3")
    assert [entry["platform"]["architecture"] for entry in copied.content["manifests"]] == ["arm64", "amd64"]

    none = RegistryImages(replace(options, platforms=frozenset({"linux/riscv64"})))
    with pytest.raises(RegistryError, match="not made for linux/riscv64, only for linux/amd64, linux/arm64"):
        none.get_exposed_ports(f"{outside}/multi:1", credentials=LOGIN)


def test_refusals_are_in_the_specifications_words(outside, images, push):
    push("team/web", ports=("8080/tcp",))
    target = "127.0.0.1:5555/shop:v9"
    with pytest.raises(RegistryError, match=f"^image {outside}/team/nothing:1 not found$"):
        images.publish(f"{outside}/team/nothing:1", target=target, credentials=LOGIN)
    with pytest.raises(
        ImageForbidden, match=f"Permission Denied attempting to pull image {outside}/team/web:1"
    ):
        images.publish(f"{outside}/team/web:1", target=target)
    wrong = replace(LOGIN, password=Secret("wrong"))
    with pytest.raises(ImageForbidden, match=f"Could not log into {outside}/team/web with username node"):
        images.publish(f"{outside}/team/web:1", target=target, credentials=wrong)
    with pytest.raises(ImageForbidden, match="Repository name deis/controller is not allowed"):
        images.publish("deis/controller:1", target=target)
    with pytest.raises(RegistryError, match="does not answer"):
        images.get_exposed_ports("127.0.0.1:1/nobody/home:1")


def test_a_push_without_a_good_key_is_refused(outside, options, push):
    push("team/web")
    key, certificate = make_key_pair()
    stranger = RegistryImages(replace(options, token_key=Secret(key), token_certificate=certificate))
    with pytest.raises(
        ImageForbidden, match=r"Permission Denied attempting to push image 127\.0\.0\.1:5555/shop:v8"
    ):
        stranger.publish(f"{outside}/team/web:latest", target="127.0.0.1:5555/shop:v8", credentials=LOGIN)
