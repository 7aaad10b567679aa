"""S3-compatible stores at an address of their own, the in-cluster one among them, by the minio client."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.deleteobjects import DeleteObject
from minio.error import MinioException, S3Error

from kit.objectstore.errors import ObjectNotFound, StoreUnavailable, build_s3_error, describe_silence
from kit.objectstore.locations import Location
from kit.objectstore.resuming import Answer, Resuming
from kit.objectstore.stores import (
    OCTETS,
    PART_SIZE,
    PATIENCE,
    ObjectInfo,
    Patience,
    check_prefix,
    measure,
    open_body,
)

PASSING = (429, 500, 502, 503, 504)
"""Statuses of a failure that may pass."""
EXISTS_ALREADY = frozenset({"BucketAlreadyExists", "BucketAlreadyOwnedByYou"})


def open_compatible(location: Location, patience: Patience = PATIENCE) -> CompatibleStore:
    address = urlsplit(location.endpoint or "")
    retry = urllib3.Retry(
        total=patience.attempts - 1,
        backoff_factor=patience.pause,
        status_forcelist=PASSING,
        allowed_methods=None,  # all: the parts of an upload are begun, ended and deleted by POST
    )
    timeout = urllib3.Timeout(connect=patience.connect, read=patience.silence)
    client = Minio(
        address.netloc,
        access_key=location.access_key or None,
        secret_key=location.secret_key.reveal() or None,
        secure=address.scheme == "https",
        region=location.region,
        http_client=urllib3.PoolManager(timeout=timeout, retries=retry, maxsize=8),
    )
    return CompatibleStore(client, bucket=location.bucket, attempts=patience.attempts)


class CompatibleStore:
    def __init__(self, client: Minio, *, bucket: str, attempts: int) -> None:
        self._client = client
        self._bucket = bucket
        self._attempts = attempts

    def ensure_bucket(self) -> None:
        with self._errors():
            try:
                if not self._client.bucket_exists(bucket_name=self._bucket):
                    self._client.make_bucket(bucket_name=self._bucket)
            except S3Error as error:
                if error.code not in EXISTS_ALREADY:
                    raise

    def put(self, key: str, body: BinaryIO | bytes, *, content_type: str = OCTETS) -> None:
        data = io.BytesIO(body) if isinstance(body, bytes) else body
        length = measure(data)
        with self._errors(key):
            self._client.put_object(
                bucket_name=self._bucket,
                object_name=key,
                data=data,
                length=-1 if length is None else length,
                part_size=PART_SIZE,
                num_parallel_uploads=1,
                content_type=content_type,
            )

    def get(self, key: str) -> bytes:
        with self.open(key) as body:
            return body.read()

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        errors = partial(self._errors, key)
        etag = ""

        def open_rest(position: int) -> Answer:
            nonlocal etag
            headers: Any = {"Range": f"bytes={position}-", "If-Match": etag} if etag else None
            with errors():
                answer = self._client.get_object(
                    bucket_name=self._bucket, object_name=key, request_headers=headers
                )
            etag = etag or answer.headers["ETag"]
            return answer

        with closing(Resuming(open_rest, errors=errors, attempts=self._attempts)) as rest:
            yield open_body(rest.read, errors)

    def exists(self, key: str) -> bool:
        try:
            with self._errors(key):
                self._client.stat_object(bucket_name=self._bucket, object_name=key)
        except ObjectNotFound:
            return False
        return True

    def delete(self, key: str) -> None:
        try:
            with self._errors(key):
                self._client.remove_object(bucket_name=self._bucket, object_name=key)
        except ObjectNotFound:
            return

    def delete_prefix(self, prefix: str) -> int:
        check_prefix(prefix)
        keys = [info.key for info in self.list(prefix)]
        with self._errors(prefix):
            objects = [DeleteObject(key) for key in keys]
            for failure in self._client.remove_objects(bucket_name=self._bucket, delete_object_list=objects):
                raise build_s3_error(failure.code or "", failure.message or "", where=failure.name or prefix)
        return len(keys)

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        with self._errors(prefix):
            for item in self._client.list_objects(bucket_name=self._bucket, prefix=prefix, recursive=True):
                if item.object_name is not None and item.last_modified is not None:
                    yield ObjectInfo(item.object_name, item.size or 0, item.last_modified)

    def presign_get(self, key: str, *, expires: float) -> str:
        lifetime = timedelta(seconds=expires)
        return self._client.presigned_get_object(bucket_name=self._bucket, object_name=key, expires=lifetime)

    def presign_put(self, key: str, *, expires: float) -> str:
        lifetime = timedelta(seconds=expires)
        return self._client.presigned_put_object(bucket_name=self._bucket, object_name=key, expires=lifetime)

    @contextmanager
    def _errors(self, key: str = "") -> Iterator[None]:
        where = f"{self._bucket}/{key}" if key else self._bucket
        try:
            yield
        except S3Error as error:
            status = error.response.status
            raise build_s3_error(error.code or "", error.message or "", status=status, where=where) from error
        except (MinioException, urllib3.exceptions.HTTPError) as error:
            cause = describe_silence(error)
            raise StoreUnavailable(f"the object storage does not answer for {where}: {cause}") from error
