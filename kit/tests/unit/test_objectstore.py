import json
from contextlib import nullcontext

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from kit.objectstore import Location, open_store, read_location
from kit.objectstore.stores import Patience, open_body
from kit.settings import Secret, SettingsError


@pytest.fixture
def credentials(tmp_path):
    def write(**files):
        for name, content in files.items():
            (tmp_path / name.replace("_", "-")).write_text(content)
        return tmp_path

    return write


@pytest.mark.parametrize("storage", ["in-cluster", "minio"])
@pytest.mark.parametrize(
    ("container", "bucket"), [("builder", "git"), ("registry", "registry"), ("database", "dbwal")]
)
def test_the_in_cluster_store_has_fixed_buckets(credentials, storage, container, bucket):
    directory = credentials(accesskey="a", secretkey="s\n")
    location = read_location(
        storage=storage, credentials=directory, container=container, endpoint="http://store:9000"
    )
    assert location == Location(
        storage="in-cluster",
        bucket=bucket,
        access_key="a",
        secret_key=Secret("s"),
        region="us-east-1",
        endpoint="http://store:9000",
    )


def test_s3_by_keys(credentials):
    directory = credentials(accesskey="a", secretkey="s", region="eu-west-1", builder_bucket="b")
    location = read_location(storage="s3", credentials=directory, container="builder")
    assert (location.bucket, location.region, location.endpoint) == ("b", "eu-west-1", None)


def test_s3_by_the_nodes_role(credentials):
    directory = credentials(accesskey="", secretkey="", database_bucket="b")
    location = read_location(storage="s3", credentials=directory, container="database")
    assert (location.access_key, location.secret_key, location.region) == ("", Secret(""), "us-west-1")


def test_gcs(credentials):
    directory = credentials(registry_bucket="b")
    (directory / "key.json").write_text("{}")
    location = read_location(storage="gcs", credentials=directory, container="registry")
    assert location.key_file == directory / "key.json"


def test_a_malformed_google_key_is_named(credentials):
    directory = credentials(registry_bucket="b")
    (directory / "key.json").write_text("{}")
    with pytest.raises(SettingsError, match=r"key\.json is not the key of a service account"):
        open_store(storage="gcs", credentials=directory, container="registry")


def test_google_addresses_are_signed_here(credentials):
    directory = credentials(builder_bucket="b")
    key = rsa.generate_private_key(65537, 2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {
        "type": "service_account",
        "project_id": "p",
        "private_key": pem,
        "client_email": "deis@p.example.com",
        "token_uri": "http://127.0.0.1:9/token",
    }
    (directory / "key.json").write_text(json.dumps(account))
    store = open_store(storage="gcs", credentials=directory, container="builder")
    address = store.presign_put("home/a b", expires=60)
    assert address.startswith("https://storage.googleapis.com/b/home/a%20b?X-Goog-Algorithm=GOOG4-RSA-SHA256")
    assert "X-Goog-Expires=60" in address


def test_azure_signs_addresses_itself(credentials):
    directory = credentials(accountname="acc", accountkey="a2V5", builder_container="c")
    store = open_store(storage="azure", credentials=directory, container="builder")
    address = store.presign_put("home/a b", expires=60)
    assert address.startswith("https://acc.blob.core.windows.net/c/home/a%20b?")
    assert "sig=" in address


def test_every_missing_file_is_named(credentials):
    with pytest.raises(SettingsError) as caught:
        read_location(storage="in-cluster", credentials=credentials(accesskey=" "), container="builder")
    assert [problem.rpartition("/")[2] for problem in caught.value.problems] == [
        "the address of the in-cluster object storage is missing",
        "accesskey is missing or empty",
        "secretkey is missing or empty",
    ]


def test_an_unknown_storage_is_refused(credentials):
    with pytest.raises(SettingsError, match="'swift' is not known; it must be one of in-cluster, minio, s3"):
        read_location(storage="swift", credentials=credentials(), container="builder")


def test_a_secret_key_does_not_print(credentials):
    directory = credentials(accesskey="a", secretkey="hunter2", builder_bucket="b")
    location = read_location(storage="s3", credentials=directory, container="builder")
    assert "hunter2" not in repr(location)


def test_a_body_may_come_in_pieces_larger_than_asked_for():
    pieces = iter([b"abc", b"defgh", b""])
    body = open_body(lambda size: next(pieces), nullcontext)
    assert body.read(2) == b"ab"
    assert body.read() == b"cdefgh"


def test_patience_has_an_end():
    patience = Patience(connect=5, silence=30, attempts=3, pause=1)
    assert (patience.pauses, patience.deadline) == (3, 108)
