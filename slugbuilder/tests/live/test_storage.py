"""What a build fetches and stores by presigned addresses, at every store and over a bad network."""

from __future__ import annotations

import io
import random
import tarfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from faultyproxy import Faults
from kit.objectstore import ObjectStore
from kit.objectstore.azure import open_azure
from kit.objectstore.compatible import open_compatible
from kit.objectstore.gcs import open_gcs
from slugbuilder.errors import TransferFailed
from slugbuilder.transfers import fetch_archive, put_file
from stores import Server, run_azurite, run_google, run_versitygw

MIB = 1024 * 1024
CONTENT = random.Random(1).randbytes(20 * MIB)
STORES: dict[str, tuple[Callable[[Path], AbstractContextManager[Server]], Callable[..., ObjectStore]]] = {
    "versitygw": (run_versitygw, open_compatible),
    "google": (run_google, open_gcs),
    "azure": (run_azurite, open_azure),
}


@dataclass(frozen=True)
class Bucket:
    server: Server
    store: ObjectStore

    @property
    def faults(self) -> Faults:
        return self.server.proxy.faults

    def address(self, key: str) -> str:
        return self.store.presign_get(key, expires=60)


@pytest.fixture(scope="module", params=sorted(STORES))
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    run, opener = STORES[request.param]
    with run(tmp_path_factory.mktemp(request.param)) as server:
        store = opener(replace(server.location, bucket=f"test-{uuid.uuid4().hex[:12]}"))
        store.ensure_bucket()
        yield Bucket(server, store)


@pytest.fixture
def bucket(running: Bucket) -> Bucket:
    running.server.proxy.faults = Faults()
    return running


def make_archive(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=1) as archive:
        entry = tarfile.TarInfo("slug")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def no_pause(_: float) -> None:
    pass


def test_a_slug_is_stored(bucket: Bucket, tmp_path: Path) -> None:
    slug = tmp_path / "slug.tgz"
    slug.write_bytes(CONTENT)
    put_file(bucket.store.presign_put("home/slug.tgz", expires=60), slug)
    assert bucket.store.get("home/slug.tgz") == CONTENT


def test_a_slug_whose_connection_breaks_is_stored_whole(bucket: Bucket, tmp_path: Path) -> None:
    slug = tmp_path / "slug.tgz"
    slug.write_bytes(CONTENT)
    bucket.faults.cuts_up = [5 * MIB, 15 * MIB]
    put_file(bucket.store.presign_put("cut", expires=60), slug, pause=no_pause)
    assert bucket.faults.cuts_up == []
    assert bucket.store.get("cut") == CONTENT


def test_a_download_that_breaks_goes_on_where_it_was(bucket: Bucket, tmp_path: Path) -> None:
    archive = make_archive(CONTENT)
    bucket.store.put("tar", archive)
    bucket.faults.down = 0
    bucket.faults.cuts_down = [12 * MIB, 18 * MIB]
    assert fetch_archive(bucket.address("tar"), tmp_path / "source", pause=no_pause)
    assert (tmp_path / "source" / "slug").read_bytes() == CONTENT
    assert bucket.faults.cuts_down == []
    on_the_way = 2 * 6 * MIB  # what the kernel holds of a connection is lost with it
    assert bucket.faults.down < len(archive) + on_the_way


def test_nothing_behind_an_address_is_no_failure(bucket: Bucket, tmp_path: Path) -> None:
    assert not fetch_archive(bucket.address("none"), tmp_path / "source", pause=no_pause)


def test_what_is_no_archive_is_told(bucket: Bucket, tmp_path: Path) -> None:
    bucket.store.put("text", b"no archive")
    with pytest.raises(TransferFailed, match=r"^What object storage has could not be unpacked: "):
        fetch_archive(bucket.address("text"), tmp_path / "source", pause=no_pause)


def test_a_store_that_stays_away_is_told(bucket: Bucket, tmp_path: Path) -> None:
    bucket.faults.resets = 100
    with pytest.raises(TransferFailed, match=r"^Object storage failed 6 times; nothing was fetched: "):
        fetch_archive(bucket.address("tar"), tmp_path / "source", pause=no_pause)
