"""From the mounted credentials to a store.

Source: build specification, "Credentials (objectstorage-keyfile)": each regular file of the directory is a
parameter of its name; keys by type of storage. Swift is not supported any more.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from kit.objectstore.stores import ObjectStore
from kit.settings import Secret, SettingsError

Container: TypeAlias = Literal["builder", "registry", "database"]

IN_CLUSTER = "in-cluster"
STORAGES = (IN_CLUSTER, "minio", "s3", "gcs", "azure")
"""``minio`` is the old name of ``in-cluster``."""

IN_CLUSTER_REGION = "us-east-1"
DEFAULT_S3_REGION = "us-west-1"
NO_SECRET = Secret("")
IN_CLUSTER_BUCKETS: dict[Container, str] = {"builder": "git", "registry": "registry", "database": "dbwal"}


@dataclass(frozen=True, kw_only=True)
class Location:
    """Where the objects of one part of the platform lie, and by which credentials."""

    storage: Literal["in-cluster", "s3", "gcs", "azure"]
    bucket: str
    access_key: str = ""
    """The access key, or Azure's account name. Empty on S3: the node's or pod's own role."""
    secret_key: Secret = NO_SECRET
    region: str = ""
    endpoint: str | None = None
    """``http(s)://host:port`` of an S3-compatible store; None: the provider's own."""
    key_file: Path | None = None
    """Google's key."""


def open_store(
    *, storage: str, credentials: Path, container: Container, endpoint: str | None = None
) -> ObjectStore:
    """Open the store that ``storage`` and the files in ``credentials`` describe.

    Args:
        storage: one of ``STORAGES``, the value of BUILDER_STORAGE and its like.
        credentials: the directory where the Secret ``objectstorage-keyfile`` is mounted.
        container: whose bucket.
        endpoint: ``http://host:port`` of the in-cluster store.

    Raises:
        SettingsError: names everything that is missing. Nothing is asked of the store yet.
    """
    return open_location(
        read_location(storage=storage, credentials=credentials, container=container, endpoint=endpoint)
    )


def read_location(
    *, storage: str, credentials: Path, container: Container, endpoint: str | None = None
) -> Location:
    if storage not in STORAGES:
        known = ", ".join(STORAGES)
        raise SettingsError([f"the storage {storage!r} is not known; it must be one of {known}"])
    parameters = Parameters(credentials)
    location = parse_location(parameters, storage, container, endpoint)
    if parameters.problems:
        raise SettingsError(parameters.problems)
    return location


class Parameters:
    """The files of the mounted Secret; remembers which were missing."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self.problems: list[str] = []

    def text(self, name: str, default: str | None = None) -> str:
        """Return a file's content, or the default if it is missing or empty."""
        path = self._directory / name
        try:
            value = path.read_text().strip()
        except (OSError, UnicodeDecodeError):
            value = ""
        if not value and default is None:
            self.problems.append(f"{path} is missing or empty")
        return value or default or ""

    def path(self, name: str) -> Path:
        path = self._directory / name
        if not path.is_file():
            self.problems.append(f"{path} is missing")
        return path

    def reject(self, problem: str) -> None:
        self.problems.append(problem)


def parse_location(
    parameters: Parameters, storage: str, container: Container, endpoint: str | None
) -> Location:
    match storage:
        case "s3":
            return Location(
                storage="s3",
                bucket=parameters.text(f"{container}-bucket"),
                access_key=parameters.text("accesskey", ""),
                secret_key=Secret(parameters.text("secretkey", "")),
                region=parameters.text("region", DEFAULT_S3_REGION),
                endpoint=parameters.text("regionendpoint", "") or None,
            )
        case "gcs":
            bucket = parameters.text(f"{container}-bucket")
            return Location(storage="gcs", bucket=bucket, key_file=parameters.path("key.json"))
        case "azure":
            return Location(
                storage="azure",
                bucket=parameters.text(f"{container}-container"),
                access_key=parameters.text("accountname"),
                secret_key=Secret(parameters.text("accountkey")),
            )
    if not endpoint:
        parameters.reject("the address of the in-cluster object storage is missing")
    return Location(
        storage="in-cluster",
        bucket=IN_CLUSTER_BUCKETS[container],
        access_key=parameters.text("accesskey"),
        secret_key=Secret(parameters.text("secretkey")),
        region=IN_CLUSTER_REGION,
        endpoint=endpoint,
    )


def open_location(location: Location) -> ObjectStore:
    """Open a store; its driver, and the packages that it needs, are imported here and nowhere else."""
    if location.storage == "gcs":
        from kit.objectstore.gcs import open_gcs

        return open_gcs(location)
    if location.storage == "azure":
        from kit.objectstore.azure import open_azure

        return open_azure(location)
    if location.endpoint is None:
        from kit.objectstore.s3 import open_s3

        return open_s3(location)
    from kit.objectstore.compatible import open_compatible

    return open_compatible(location)
