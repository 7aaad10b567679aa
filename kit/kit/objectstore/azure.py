"""Azure Blob Storage, by the key of an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, BinaryIO

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)
from azure.storage.blob import (
    BlobSasPermissions,
    BlobServiceClient,
    ContentSettings,
    LinearRetry,
    generate_blob_sas,
)

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
from kit.settings import Secret

CLOCK_SKEW = timedelta(minutes=5)


def open_azure(location: Location, patience: Patience = PATIENCE) -> AzureStore:
    address = location.endpoint or f"https://{location.access_key}.blob.core.windows.net"
    client = BlobServiceClient(
        address,
        credential={"account_name": location.access_key, "account_key": location.secret_key.reveal()},
        connection_timeout=patience.connect,
        read_timeout=patience.silence,
        retry_policy=Doubling(patience),
        max_block_size=PART_SIZE,
        max_single_put_size=PART_SIZE,
        max_chunk_get_size=PART_SIZE,
        max_single_get_size=PART_SIZE,
    )
    return AzureStore(
        client, account=location.access_key, account_key=location.secret_key, container=location.bucket
    )


class Doubling(LinearRetry):
    """Pauses between attempts that double, as with every other store."""

    def __init__(self, patience: Patience) -> None:
        super().__init__(retry_total=patience.attempts - 1)
        self._pause = patience.pause

    def get_backoff_time(self, settings: Mapping[str, Any]) -> float:
        return float(self._pause * 2 ** (settings["count"] - 1))


class AzureStore:
    def __init__(
        self, client: BlobServiceClient, *, account: str, account_key: Secret, container: str
    ) -> None:
        self._account = account
        self._account_key = account_key
        self._name = container
        self._container = client.get_container_client(container)

    def ensure_bucket(self) -> None:
        with self._errors():
            try:
                self._container.create_container()
            except ResourceExistsError:
                return

    def put(self, key: str, body: BinaryIO | bytes, *, content_type: str = OCTETS) -> None:
        length = len(body) if isinstance(body, bytes) else measure(body)
        with self._errors(key):
            self._container.upload_blob(
                key,
                body if isinstance(body, bytes) else Source(body),
                length=length,
                overwrite=True,
                content_settings=ContentSettings(content_type=content_type),
            )

    def get(self, key: str) -> bytes:
        with self._errors(key):
            return self._container.download_blob(key).readall()

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        with self._errors(key):
            download = self._container.download_blob(key)
        yield open_body(download.read, partial(self._errors, key))

    def exists(self, key: str) -> bool:
        with self._errors(key):
            return self._container.get_blob_client(key).exists()

    def delete(self, key: str) -> None:
        try:
            with self._errors(key):
                self._container.delete_blob(key, delete_snapshots="include")
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
            for blob in self._container.list_blobs(name_starts_with=prefix or None):
                yield ObjectInfo(blob.name, blob.size, blob.last_modified)

    def presign_get(self, key: str, *, expires: float) -> str:
        return self._presign(key, BlobSasPermissions(read=True), expires)

    def presign_put(self, key: str, *, expires: float) -> str:
        return self._presign(key, BlobSasPermissions(create=True, write=True), expires)

    def _presign(self, key: str, permission: BlobSasPermissions, expires: float) -> str:
        now = datetime.now(UTC)
        token = generate_blob_sas(
            self._account,
            self._name,
            key,
            account_key=self._account_key.reveal(),
            permission=permission,
            start=now - CLOCK_SKEW,
            expiry=now + timedelta(seconds=expires),
        )
        return f"{self._container.get_blob_client(key).url}?{token}"

    @contextmanager
    def _errors(self, key: str = "") -> Iterator[None]:
        where = f"{self._name}/{key}" if key else self._name
        try:
            yield
        except ResourceNotFoundError as error:
            raise ObjectNotFound(f"{where} is not in the object storage") from error
        except HttpResponseError as error:
            if isinstance(error, ClientAuthenticationError) or error.status_code == 403:
                raise StoreRefused(f"the object storage refused access to {where}: {error.reason}") from error
            raise StoreUnavailable(f"the object storage failed on {where}: {error.reason}") from error
        except AzureError as error:
            cause = describe_silence(error)
            raise StoreUnavailable(f"the object storage does not answer for {where}: {cause}") from error
