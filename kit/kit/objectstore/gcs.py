"""Google Cloud Storage, by the key of a service account."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, BinaryIO

import requests
from google.api_core.exceptions import Conflict, Forbidden, GoogleAPIError, NotFound, Unauthorized
from google.auth.exceptions import GoogleAuthError
from google.cloud import storage

from kit.objectstore.errors import ObjectNotFound, StoreRefused, StoreUnavailable
from kit.objectstore.locations import Location
from kit.objectstore.stores import OCTETS, PART_SIZE, ObjectInfo, check_prefix, measure, open_body
from kit.settings import SettingsError

TIMEOUT = (5.0, 60.0)


def open_gcs(location: Location) -> GcsStore:
    try:
        client = storage.Client.from_service_account_json(str(location.key_file))
    except (OSError, ValueError, KeyError, GoogleAuthError) as error:
        raise SettingsError([f"{location.key_file} is not the key of a service account: {error}"]) from error
    return GcsStore(client, bucket=location.bucket)


class FromHere(io.RawIOBase):
    """A file or pipe as the client wants it: its beginning is where the other one stands."""

    def __init__(self, body: BinaryIO) -> None:
        self._body = body
        self._origin = body.tell() if body.seekable() else 0
        self._position = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        pieces: list[bytes] = []
        left = size
        while left and (piece := self._body.read(left)):
            pieces.append(piece)
            left -= len(piece) if size >= 0 else 0
        content = b"".join(pieces)
        self._position += len(content)
        return content

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go back after a failed part; a pipe can not."""
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("seek")
        self._body.seek(self._origin + offset)
        self._position = offset
        return offset


class GcsStore:
    def __init__(self, client: Any, *, bucket: str) -> None:
        self._client = client
        self._name = bucket
        self._bucket = client.bucket(bucket)

    def ensure_bucket(self) -> None:
        """The bucket is made in the project of the key."""
        with self._errors():
            try:
                if not self._bucket.exists(timeout=TIMEOUT):
                    self._client.create_bucket(self._bucket, timeout=TIMEOUT)
            except Conflict:
                return

    def put(self, key: str, body: BinaryIO | bytes, *, content_type: str = OCTETS) -> None:
        blob = self._bucket.blob(key, chunk_size=PART_SIZE)
        with self._errors(key):
            if isinstance(body, bytes):
                blob.upload_from_string(body, content_type=content_type, timeout=TIMEOUT)
                return
            size = measure(body)
            blob.upload_from_file(FromHere(body), size=size, content_type=content_type, timeout=TIMEOUT)

    def get(self, key: str) -> bytes:
        with self._errors(key):
            content: bytes = self._bucket.blob(key).download_as_bytes(timeout=TIMEOUT)
        return content

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        with self._errors(key):
            blob = self._bucket.get_blob(key, timeout=TIMEOUT)
        if blob is None:
            raise ObjectNotFound(f"{self._name}/{key} is not in the object storage")
        with blob.open("rb", chunk_size=PART_SIZE, timeout=TIMEOUT) as body:
            yield open_body(self._guard(body.read, key))

    def exists(self, key: str) -> bool:
        with self._errors(key):
            return bool(self._bucket.blob(key).exists(timeout=TIMEOUT))

    def delete(self, key: str) -> None:
        try:
            with self._errors(key):
                self._bucket.blob(key).delete(timeout=TIMEOUT)
        except ObjectNotFound:
            return

    def delete_prefix(self, prefix: str) -> int:
        check_prefix(prefix)
        keys = [info.key for info in self.list(prefix)]
        for key in keys:
            self.delete(key)
        return len(keys)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        with self._errors(prefix):
            for blob in self._client.list_blobs(self._bucket, prefix=prefix, timeout=TIMEOUT):
                yield ObjectInfo(blob.name, blob.size, blob.updated)

    def presign_get(self, key: str, *, expires: float) -> str:
        return self._presign(key, "GET", expires)

    def presign_put(self, key: str, *, expires: float) -> str:
        return self._presign(key, "PUT", expires)

    def _presign(self, key: str, method: str, expires: float) -> str:
        address: str = self._bucket.blob(key).generate_signed_url(
            version="v4", expiration=timedelta(seconds=expires), method=method
        )
        return address

    def _guard(self, read: Callable[[int], bytes], key: str) -> Callable[[int], bytes]:
        def guarded(size: int) -> bytes:
            with self._errors(key):
                return read(size)

        return guarded

    @contextmanager
    def _errors(self, key: str = "") -> Iterator[None]:
        where = f"{self._name}/{key}" if key else self._name
        try:
            yield
        except NotFound as error:
            raise ObjectNotFound(f"{where} is not in the object storage") from error
        except (Forbidden, Unauthorized, GoogleAuthError) as error:
            raise StoreRefused(f"the object storage refused access to {where}: {error}") from error
        except (GoogleAPIError, requests.RequestException) as error:
            raise StoreUnavailable(f"the object storage failed on {where}: {error}") from error
