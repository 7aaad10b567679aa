"""Amazon S3, by boto3: keys, or without them the role of the node or the service account."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from kit.objectstore.errors import ObjectNotFound, StoreUnavailable, build_s3_error, describe_silence
from kit.objectstore.locations import Location
from kit.objectstore.resuming import Answer, Resuming
from kit.objectstore.stores import (
    OCTETS,
    PART_SIZE,
    PATIENCE,
    ObjectInfo,
    Patience,
    Source,
    check_prefix,
    open_body,
)

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BATCH = 1000
EXISTS_ALREADY = frozenset({"BucketAlreadyExists", "BucketAlreadyOwnedByYou"})


def open_s3(location: Location, patience: Patience = PATIENCE) -> S3Store:
    config = Config(
        connect_timeout=patience.connect,
        read_timeout=patience.silence,
        retries={"total_max_attempts": patience.attempts, "mode": "standard"},
        signature_version="s3v4",
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3={"addressing_style": "path" if location.endpoint else "virtual"},
    )
    client = boto3.session.Session().client(
        "s3",
        region_name=location.region,
        endpoint_url=location.endpoint,
        aws_access_key_id=location.access_key or None,
        aws_secret_access_key=location.secret_key.reveal() or None,
        config=config,
    )
    return S3Store(client, bucket=location.bucket, region=location.region, attempts=patience.attempts)


class S3Store:
    def __init__(self, client: S3Client, *, bucket: str, region: str, attempts: int) -> None:
        self._client = client
        self._bucket = bucket
        self._region = region
        self._attempts = attempts

    def ensure_bucket(self) -> None:
        options: Any = {}
        if self._region != "us-east-1":  # there, and only there, naming the region is an error
            options = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        with self._errors():
            try:
                self._client.head_bucket(Bucket=self._bucket)
            except ClientError as error:
                if read_code(error) != "404":
                    raise
                self._create_bucket(options)

    def _create_bucket(self, options: Any) -> None:
        try:
            self._client.create_bucket(Bucket=self._bucket, **options)
        except ClientError as error:
            if read_code(error) not in EXISTS_ALREADY:
                raise

    def put(self, key: str, body: BinaryIO | bytes, *, content_type: str = OCTETS) -> None:
        with self._errors(key):
            if isinstance(body, bytes):
                self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType=content_type)
                return
            self._client.upload_fileobj(
                cast("BinaryIO", Source(body)),
                self._bucket,
                key,
                ExtraArgs={"ContentType": content_type},
                Config=TransferConfig(
                    multipart_threshold=PART_SIZE, multipart_chunksize=PART_SIZE, use_threads=False
                ),
            )

    def get(self, key: str) -> bytes:
        with self.open(key) as body:
            return body.read()

    @contextmanager
    def open(self, key: str) -> Iterator[BinaryIO]:
        errors = partial(self._errors, key)
        same: Any = {}

        def open_rest(position: int) -> Answer:
            rest: Any = {"Range": f"bytes={position}-", **same} if same else {}
            with errors():
                answer = self._client.get_object(Bucket=self._bucket, Key=key, **rest)
            same["IfMatch"] = answer["ETag"]
            return answer["Body"]

        with closing(Resuming(open_rest, errors=errors, attempts=self._attempts)) as rest:
            yield open_body(rest.read, errors)

    def exists(self, key: str) -> bool:
        try:
            with self._errors(key):
                self._client.head_object(Bucket=self._bucket, Key=key)
        except ObjectNotFound:
            return False
        return True

    def delete(self, key: str) -> None:
        try:
            with self._errors(key):
                self._client.delete_object(Bucket=self._bucket, Key=key)
        except ObjectNotFound:
            return

    def delete_prefix(self, prefix: str) -> int:
        check_prefix(prefix)
        keys = [info.key for info in self.list(prefix)]
        for start in range(0, len(keys), BATCH):
            self._delete_batch(keys[start : start + BATCH])
        return len(keys)

    def _delete_batch(self, keys: Sequence[str]) -> None:
        with self._errors():
            answer = self._client.delete_objects(
                Bucket=self._bucket, Delete={"Objects": [{"Key": key} for key in keys], "Quiet": True}
            )
        for failure in answer.get("Errors", []):
            raise build_s3_error(
                failure.get("Code", ""), failure.get("Message", ""), where=failure.get("Key", self._bucket)
            )

    def list(self, prefix: str = "") -> Iterator[ObjectInfo]:
        with self._errors(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix)
            for page in pages:
                for item in page.get("Contents", []):
                    yield ObjectInfo(item["Key"], item["Size"], item["LastModified"])

    def presign_get(self, key: str, *, expires: float) -> str:
        return self._presign("get_object", key, expires)

    def presign_put(self, key: str, *, expires: float) -> str:
        return self._presign("put_object", key, expires)

    def _presign(self, method: str, key: str, expires: float) -> str:
        with self._errors(key):  # the keys of a role may have to be fetched first
            return self._client.generate_presigned_url(
                method, Params={"Bucket": self._bucket, "Key": key}, ExpiresIn=int(expires)
            )

    @contextmanager
    def _errors(self, key: str = "") -> Iterator[None]:
        where = f"{self._bucket}/{key}" if key else self._bucket
        try:
            yield
        except ClientError as error:
            message = error.response.get("Error", {}).get("Message", "")
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            raise build_s3_error(read_code(error), message, status=status, where=where) from error
        except (BotoCoreError, Boto3Error) as error:
            cause = describe_silence(error)
            raise StoreUnavailable(f"the object storage does not answer for {where}: {cause}") from error


def read_code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
