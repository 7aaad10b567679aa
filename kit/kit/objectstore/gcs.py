"""Google Cloud Storage, by the key of a service account."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, BinaryIO

import requests
from google.api_core.exceptions import (
    Conflict,
    Forbidden,
    GoogleAPICallError,
    GoogleAPIError,
    NotFound,
    RetryError,
    Unauthorized,
)
from google.auth.exceptions import GoogleAuthError, TransportError
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption
from google.cloud.storage.retry import DEFAULT_RETRY

from kit.objectstore.errors import ObjectNotFound, StoreRefused, StoreUnavailable, describe_silence
from kit.objectstore.locations import Location
from kit.objectstore.stores import (
    OCTETS,
    PART_SIZE,
    PATIENCE,
    ObjectInfo,
    Patience,
    Source,
    check_prefix,
    measure,
    open_body,
)
from kit.settings import SettingsError


def open_gcs(location: Location, patience: Patience = PATIENCE) -> GcsStore:
    options = {"api_endpoint": location.endpoint} if location.endpoint else None
    try:
        client = storage.Client.from_service_account_json(str(location.key_file), client_options=options)
    except (OSError, ValueError, KeyError, GoogleAuthError) as error:
        raise SettingsError([f"{location.key_file} is not the key of a service account: {error}"]) from error
    return GcsStore(client, bucket=location.bucket, patience=patience)


class GcsStore:
    def __init__(self, client: Any, *, bucket: str, patience: Patience) -> None:
        self._client = client
        self._name = bucket
        retry = DEFAULT_RETRY.with_delay(initial=patience.pause, multiplier=2).with_timeout(patience.deadline)
        self._limits: Any = {"timeout": (patience.connect, patience.silence), "retry": retry}
        self._bucket = client.bucket(bucket)

    def ensure_bucket(self) -> None:
        """The bucket is made in the project of the key."""
        with self._errors():
            try:
                if not self._bucket.exists(**self._limits):
                    self._client.create_bucket(self._bucket, **self._limits)
            except Conflict:
                return

    def put(self, key: str, body: BinaryIO | bytes, *, content_type: str = OCTETS) -> None:
        blob = self._bucket.blob(key, chunk_size=PART_SIZE)
        with self._errors(key):
            if isinstance(body, bytes):
                blob.upload_from_string(body, content_type=content_type, **self._limits)
                return
            size = measure(body)
            blob.upload_from_file(Source(body), size=size, content_type=content_type, **self._limits)

    def get(self, key: str) -> bytes:
        with self._errors(key):
            content: bytes = self._bucket.blob(key).download_as_bytes(**self._limits)
        return content

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        with self._errors(key):
            blob = self._bucket.get_blob(key, **self._limits)
        if blob is None:
            raise ObjectNotFound(f"{self._name}/{key} is not in the object storage")
        same = {"if_generation_match": blob.generation}
        with blob.open("rb", chunk_size=PART_SIZE, **same, **self._limits) as body:
            yield open_body(body.read, partial(self._errors, key))

    def exists(self, key: str) -> bool:
        with self._errors(key):
            return bool(self._bucket.blob(key).exists(**self._limits))

    def delete(self, key: str) -> None:
        try:
            with self._errors(key):
                self._bucket.blob(key).delete(**self._limits)
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
            for blob in self._client.list_blobs(self._bucket, prefix=prefix, **self._limits):
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

    @contextmanager
    def _errors(self, key: str = "") -> Iterator[None]:
        where = f"{self._name}/{key}" if key else self._name
        try:
            yield
        except NotFound as error:
            raise ObjectNotFound(f"{where} is not in the object storage") from error
        except (GoogleAPIError, GoogleAuthError, requests.RequestException, DataCorruption) as error:
            raise build_error(find_cause(error), where) from error


def find_cause(error: BaseException) -> BaseException:
    """The error behind those that only say that trying again, logging in or a connection failed."""
    if isinstance(error, RetryError):
        return find_cause(error.cause)
    if isinstance(error, (TransportError, requests.RequestException)):
        inner = next((item for item in error.args if isinstance(item, Exception)), None)
        return error if inner is None else find_cause(inner)
    return error


def build_error(error: BaseException, where: str) -> StoreUnavailable:
    if isinstance(error, (Forbidden, Unauthorized)) or is_login_refused(error):
        return StoreRefused(f"the object storage refused access to {where}: {error}")
    if isinstance(error, (GoogleAPICallError, GoogleAuthError, DataCorruption)):
        return StoreUnavailable(f"the object storage failed on {where}: {error}")
    return StoreUnavailable(f"the object storage does not answer for {where}: {describe_silence(error)}")


def is_login_refused(error: BaseException) -> bool:
    """Google gives no token for this key, and will give none later."""
    return isinstance(error, GoogleAuthError) and not error.retryable
