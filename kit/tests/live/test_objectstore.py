"""What every driver does, against a real store: S3 against VersityGW, Google and Azure against emulators.

What the emulators can not prove is in docs/decisions/object-storage.md.
"""

import hashlib
import io
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import pytest
import urllib3

from faultyproxy import Faults, FaultyProxy
from kit.objectstore import (
    PUT_HEADERS,
    ObjectNotFound,
    ObjectStore,
    StoreRefused,
    StoreUnavailable,
    open_store,
)
from kit.objectstore.azure import open_azure
from kit.objectstore.compatible import open_compatible
from kit.objectstore.gcs import open_gcs
from kit.objectstore.s3 import open_s3
from kit.objectstore.stores import PART_SIZE, Patience
from kit.waiting import wait_for
from stores import Server

from .memory import measure_transfer

MIB = 1024 * 1024
LARGE = hashlib.shake_256(b"seed").digest(40 * MIB + 7)
HASTY = Patience(connect=1.0, silence=1.0, attempts=3, pause=0.1)
DRIVERS: dict[str, tuple[str, Callable[..., ObjectStore]]] = {
    "minio": ("gateway", open_compatible),
    "boto3": ("gateway", open_s3),
    "google": ("google", open_gcs),
    "azure": ("azurite", open_azure),
}


@dataclass(frozen=True)
class Driver:
    """A driver and the server that it talks to."""

    name: str
    server: Server
    open: Callable[..., ObjectStore]

    @property
    def proxy(self) -> FaultyProxy:
        return self.server.proxy


@pytest.fixture(params=sorted(DRIVERS))
def driver(request):
    server, opener = DRIVERS[request.param]
    found = Driver(request.param, request.getfixturevalue(server), opener)
    yield found
    found.proxy.faults = Faults()


@pytest.fixture
def location(driver):
    """A bucket of the test's own."""
    return replace(driver.server.location, bucket=f"test-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def store(driver, location):
    store = driver.open(location)
    store.ensure_bucket()
    return store


@pytest.fixture
def hasty(driver, location):
    """A store that loses its patience within seconds."""
    store = driver.open(location, HASTY)
    store.ensure_bucket()
    driver.proxy.faults = Faults()
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


def test_the_bucket_may_be_there_already(driver, location):
    for _ in range(2):
        driver.open(location).ensure_bucket()


def test_an_object_is_replaced_whole(store):
    store.put("k", b"a longer first content")
    store.put("k", b"second")
    assert store.get("k") == b"second"


def test_an_empty_object(store):
    store.put("empty", io.BytesIO(b""))
    assert store.get("empty") == b""


@pytest.mark.parametrize("build", [io.BytesIO, OneByOne], ids=["measured", "pipe"])
def test_a_large_file_goes_in_parts_and_comes_back_as_a_stream(store, build):
    with build(LARGE) as body:
        store.put("large", body)
        assert not body.closed
    assert read_in_pieces(store, "large") == LARGE


def read_in_pieces(store, key):
    with store.open(key) as body:
        return b"".join(iter(lambda: body.read(1_000_003), b""))


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


def test_a_missing_bucket_is_not_found(driver, location):
    store = driver.open(location)
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
    assert answer.status in (200, 201)  # Azure's
    assert store.get("home/push/slug.tgz") == b"slug"


def test_a_presigned_address_is_good_for_one_key_and_one_verb(driver, store):
    if driver.name == "google":
        pytest.skip("fake-gcs-server checks no signature")
    store.put("mine", b"1")
    store.put("other", b"2")
    address = store.presign_get("mine", expires=60)
    assert urllib3.request("GET", address.replace("/mine", "/other")).status == 403
    assert urllib3.request("PUT", address, body=b"x", headers=dict(PUT_HEADERS)).status == 403
    assert store.get("mine") == b"1"


def test_a_presigned_address_expires(driver, store):
    if driver.name == "google":
        pytest.skip("fake-gcs-server checks no signature")
    store.put("k", b"1")
    address = store.presign_get("k", expires=2)
    assert urllib3.request("GET", address).status == 200
    wait_for(lambda: urllib3.request("GET", address).status == 403, what="the end of the address", timeout=10)


def test_more_objects_than_a_page_holds(store):
    keys = [f"many/{number:04}" for number in range(1003)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda key: store.put(key, b""), keys))
    assert [info.key for info in store.list("many/")] == keys
    assert store.delete_prefix("many/") == len(keys)
    assert list(store.list()) == []


def test_wrong_credentials_are_refused(driver, location):
    for wrong in driver.server.wrong:
        store = driver.open(replace(wrong, bucket=location.bucket))
        for act in (lambda store=store: store.put("k", b""), lambda store=store: store.get("k")):
            with pytest.raises(StoreRefused, match="refused access"):
                act()


def test_a_large_object_is_never_whole_in_memory(driver, location):
    assert measure_transfer(driver.open, location, 256 * MIB) < 64 * MIB


def test_an_upload_goes_on_after_a_cut(driver, hasty):
    driver.proxy.faults.cuts_up = [5 * MIB, 30 * MIB]
    hasty.put("k", OneByOne(LARGE))
    assert driver.proxy.faults.cuts_up == []
    assert driver.proxy.faults.up < len(LARGE) + 2 * PART_SIZE + MIB
    assert hasty.get("k") == LARGE


def test_a_download_goes_on_after_a_cut(driver, hasty):
    hasty.put("k", LARGE)
    driver.proxy.faults.down = 0
    driver.proxy.faults.cuts_down = [5 * MIB, 30 * MIB]
    assert read_in_pieces(hasty, "k") == LARGE
    assert driver.proxy.faults.cuts_down == []
    assert driver.proxy.faults.down < len(LARGE) + 2 * PART_SIZE + MIB


def test_an_object_that_is_replaced_while_it_is_read_is_no_mixture(driver, hasty):
    if driver.name == "google":
        pytest.skip("fake-gcs-server does not look at the generation that is asked for")
    hasty.put("k", LARGE)
    driver.proxy.faults.down = 0
    driver.proxy.faults.cuts_down = [24 * MIB]
    with hasty.open("k") as body:
        begun = body.read(20 * MIB)
        hasty.put("k", LARGE[::-1])
        with pytest.raises(StoreUnavailable):
            body.read()
    assert begun == LARGE[: 20 * MIB]


def test_an_upload_whose_source_fails_leaves_what_was_there(store):
    store.put("k", b"before")
    with pytest.raises(OSError, match="the source is gone"):
        store.put("k", Failing(LARGE))
    assert store.get("k") == b"before"


class Failing(OneByOne):
    """A pipe that breaks after the first part."""

    def readinto(self, buffer):
        if self._source.tell() > PART_SIZE + MIB:
            raise OSError("the source is gone")
        return super().readinto(buffer)


def test_connections_that_break_at_first_are_tried_again(driver, hasty):
    driver.proxy.faults.resets = 2
    hasty.put("k", b"content")
    driver.proxy.faults.resets = 2
    assert hasty.get("k") == b"content"
    assert driver.proxy.faults.resets == 0


def test_a_slow_store_is_waited_for(driver, hasty):
    driver.proxy.faults.delay = 0.3
    hasty.put("k", b"content")
    assert hasty.get("k") == b"content"


def test_a_store_that_fails_is_tried_until_the_deadline_and_told(driver, hasty):
    driver.proxy.faults.resets = 1000
    begun = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"^the object storage does not answer for \S+/k: ") as caught:
        hasty.put("k", b"content")
    assert time.monotonic() - begun < HASTY.deadline + 2
    assert driver.proxy.faults.connections > 1
    assert "Pool" not in str(caught.value)


def test_a_store_that_hangs_is_told_after_the_deadline(driver, hasty):
    hasty.put("k", b"content")
    driver.proxy.faults.stalled = True

    def is_told(act):
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable, match="does not answer for"):
            act()
        return time.monotonic() - begun < HASTY.deadline + 2

    acts = (lambda: hasty.get("k"), lambda: list(hasty.list()), lambda: hasty.put("k", b"other"))
    with ThreadPoolExecutor(len(acts)) as pool:
        assert list(pool.map(is_told, acts)) == [True] * len(acts)
    driver.proxy.faults.stalled = False
    assert hasty.exists("k")


def test_no_answer_is_unavailable(driver, location):
    store = driver.open(replace(location, endpoint="http://127.0.0.1:9/account"), HASTY)
    with pytest.raises(StoreUnavailable, match=r"does not answer for \S+/k: ") as caught:
        store.exists("k")
    assert "Pool" not in str(caught.value)


def test_a_store_is_opened_from_mounted_files(gateway, tmp_path):
    location = gateway.location
    (tmp_path / "accesskey").write_text(location.access_key)
    (tmp_path / "secretkey").write_text(location.secret_key.reveal() + "\n")
    store = open_store(storage="minio", credentials=tmp_path, container="builder", endpoint=location.endpoint)
    store.ensure_bucket()
    store.put("k", b"1")
    assert "/git/k?" in store.presign_get("k", expires=60)
