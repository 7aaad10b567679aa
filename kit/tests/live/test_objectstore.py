"""Every S3 driver against VersityGW."""

import hashlib
import io
import uuid
from dataclasses import replace

import pytest
import urllib3

from kit.objectstore import PUT_HEADERS, Location, ObjectNotFound, StoreRefused, StoreUnavailable, open_store
from kit.objectstore.compatible import open_compatible
from kit.objectstore.s3 import open_s3
from kit.settings import Secret

DRIVERS = {"minio": open_compatible, "boto3": open_s3}


@pytest.fixture
def location(gateway):
    """A bucket of the test's own."""
    return Location(
        storage="in-cluster",
        bucket=f"test-{uuid.uuid4().hex[:12]}",
        access_key=gateway.access_key,
        secret_key=Secret(gateway.secret_key),
        region="us-east-1",
        endpoint=gateway.endpoint,
    )


@pytest.fixture(params=sorted(DRIVERS))
def open_driver(request):
    return DRIVERS[request.param]


@pytest.fixture
def store(open_driver, location):
    store = open_driver(location)
    store.ensure_bucket()
    return store


class OneByOne(io.RawIOBase):
    """A file that can not be measured, such as a pipe; it gives pieces of odd sizes."""

    def __init__(self, content):
        self._source = io.BytesIO(content)

    def readable(self):
        return True

    def readinto(self, buffer):
        piece = self._source.read(min(len(buffer), 70_001))
        buffer[: len(piece)] = piece
        return len(piece)


def test_an_object_is_stored_read_and_deleted(store):
    store.put("home/shop/tar", b"content", content_type="application/gzip")
    assert store.exists("home/shop/tar")
    assert store.get("home/shop/tar") == b"content"
    store.delete("home/shop/tar")
    assert not store.exists("home/shop/tar")
    store.delete("home/shop/tar")


def test_the_bucket_may_be_there_already(open_driver, location):
    for _ in range(2):
        open_driver(location).ensure_bucket()


def test_an_object_is_replaced_whole(store):
    store.put("k", b"a longer first content")
    store.put("k", b"second")
    assert store.get("k") == b"second"


def test_an_empty_object(store):
    store.put("empty", io.BytesIO(b""))
    assert store.get("empty") == b""


@pytest.mark.parametrize("build", [io.BytesIO, OneByOne], ids=["measured", "pipe"])
def test_a_large_file_goes_in_parts_and_comes_back_as_a_stream(store, build):
    content = hashlib.shake_256(b"seed").digest(40 * 1024 * 1024 + 7)
    with build(content) as body:
        store.put("large", body)
        assert not body.closed
    digest, length = hashlib.sha256(), 0
    with store.open("large") as body:
        while piece := body.read(1_000_003):
            digest.update(piece)
            length += len(piece)
    assert (length, digest.digest()) == (len(content), hashlib.sha256(content).digest())


def test_a_file_is_stored_from_where_it_stands(store):
    body = io.BytesIO(b"header:rest")
    body.seek(7)
    store.put("k", body)
    assert store.get("k") == b"rest"


def test_a_missing_object_is_not_found(store):
    with pytest.raises(ObjectNotFound, match="none is not in the object storage"):
        store.get("none")
    with pytest.raises(ObjectNotFound), store.open("none"):
        pass


def test_a_missing_bucket_is_not_found(open_driver, location):
    store = open_driver(location)
    with pytest.raises(ObjectNotFound):
        store.put("k", b"")
    with pytest.raises(ObjectNotFound):
        list(store.list())


def test_objects_are_listed_by_prefix(store):
    for key in ("home/a/1", "home/a/2", "home/ab/1", "other"):
        store.put(key, b"12345")
    found = list(store.list("home/a"))
    assert [info.key for info in found] == ["home/a/1", "home/a/2", "home/ab/1"]
    assert found[0].size == 5
    assert found[0].modified.tzinfo is not None
    assert len(list(store.list())) == 4


def test_a_prefix_is_deleted_and_nothing_else(store):
    for key in ("home/a/1", "home/a/x/2", "home/ab/1"):
        store.put(key, b"")
    assert store.delete_prefix("home/a/") == 2
    assert [info.key for info in store.list()] == ["home/ab/1"]
    assert store.delete_prefix("home/a/") == 0


def test_an_empty_prefix_is_refused(store):
    with pytest.raises(ValueError, match="would empty the bucket"):
        store.delete_prefix("")


def test_a_presigned_address_reads_without_a_credential(store):
    store.put("home/a b/k+ä", b"content")
    answer = urllib3.request("GET", store.presign_get("home/a b/k+ä", expires=60))
    assert (answer.status, answer.data) == (200, b"content")


def test_a_presigned_address_writes_without_a_credential(store):
    address = store.presign_put("home/push/slug.tgz", expires=60)
    answer = urllib3.request("PUT", address, body=b"slug", headers=dict(PUT_HEADERS))
    assert answer.status == 200
    assert store.get("home/push/slug.tgz") == b"slug"


def test_a_presigned_address_is_good_for_one_key_and_one_verb(store):
    store.put("mine", b"1")
    store.put("other", b"2")
    address = store.presign_get("mine", expires=60)
    assert urllib3.request("GET", address.replace("/mine", "/other")).status == 403
    assert urllib3.request("PUT", address, body=b"x").status == 403
    assert store.get("mine") == b"1"


def test_wrong_credentials_are_refused(open_driver, location):
    for wrong in (replace(location, secret_key=Secret("wrong")), replace(location, access_key="nobody")):
        store = open_driver(wrong)
        for act in (lambda store=store: store.put("k", b""), lambda store=store: store.get("k")):
            with pytest.raises(StoreRefused, match="refused access"):
                act()


def test_no_answer_is_unavailable(open_driver, location):
    store = open_driver(replace(location, endpoint="http://127.0.0.1:9"))
    with pytest.raises(StoreUnavailable, match=r"does not answer for \S+/k: ") as caught:
        store.exists("k")
    assert "Pool" not in str(caught.value)


def test_a_store_is_opened_from_mounted_files(gateway, tmp_path):
    (tmp_path / "accesskey").write_text(gateway.access_key)
    (tmp_path / "secretkey").write_text(gateway.secret_key + "\n")
    store = open_store(storage="minio", credentials=tmp_path, container="builder", endpoint=gateway.endpoint)
    store.ensure_bucket()
    store.put("k", b"1")
    assert "/git/k?" in store.presign_get("k", expires=60)
