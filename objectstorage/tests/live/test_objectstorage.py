"""The object storage over its starts, with a real VersityGW."""

import io
from pathlib import Path

import pytest
import urllib3

from kit.objectstore import PUT_HEADERS

CONTAINERS = ("builder", "registry", "database")


@pytest.fixture(params=["attributes in files", "attributes in a directory"])
def any_volume(storage, request):
    """Both ways to keep what is known of an object."""
    if request.param == "attributes in a directory":
        (storage.volume / "attributes").mkdir(parents=True)
    storage.start()
    return storage


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_part_of_the_platform_finds_its_bucket(any_volume, container):
    store = any_volume.open(container)

    assert list(store.list()) == []


def test_an_object_outlives_a_stop_and_a_kill(any_volume):
    store = any_volume.open()
    store.put("home/shop/push/slug.tgz", b"slug", content_type="application/gzip")

    assert any_volume.stop() == 0
    any_volume.start()
    assert store.get("home/shop/push/slug.tgz") == b"slug"
    any_volume.kill()
    any_volume.start()

    assert store.get("home/shop/push/slug.tgz") == b"slug"
    assert [info.key for info in store.list("home/")] == ["home/shop/push/slug.tgz"]


def test_parts_make_one_object(any_volume):
    store = any_volume.open()
    content = bytes(range(256)) * (40 << 12)

    store.put("large", io.BytesIO(content))

    assert store.get("large") == content


def test_presigned_addresses_work_without_credentials(any_volume):
    store = any_volume.open()

    put = urllib3.request("PUT", store.presign_put("a", expires=60), body=b"x", headers=PUT_HEADERS)
    got = urllib3.request("GET", store.presign_get("a", expires=60))

    assert (put.status, got.status, got.data) == (200, 200, b"x")


def test_nobody_reads_without_credentials(any_volume):
    any_volume.open().put("secret", b"x")

    assert urllib3.request("GET", f"http://{any_volume.address}/git/secret").status == 403
    assert urllib3.request("GET", f"http://{any_volume.address}/git").status == 403


def test_the_secret_is_in_no_process_list(storage):
    storage.start()

    command = Path(f"/proc/{storage.process.pid}/cmdline").read_text()

    assert "versitygw" in command
    assert "test/secret" not in command
