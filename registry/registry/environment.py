"""From our settings to distribution's, which reads REGISTRY_… variables over its configuration file.

Every variable of that form that the installation gives goes through and wins over what is derived here.
Values are written as JSON strings, because distribution reads them as YAML: a key of digits stays a text.

Source: platform specification, section 11.1; build specification, section 18.1.
"""

import hashlib
import json
from collections.abc import Mapping

from kit.objectstore import Location

OURS = frozenset({"REGISTRY_MODE", "REGISTRY_STORAGE"})
FILESYSTEM_ROOT = "/var/lib/registry"


def build_environment(location: Location | None, env: Mapping[str, str]) -> dict[str, str]:
    """Return the server's whole environment; without a location it stores into the file system."""
    storage = {"FILESYSTEM_ROOTDIRECTORY": FILESYSTEM_ROOT} if location is None else build_storage(location)
    derived = {f"REGISTRY_STORAGE_{name}": json.dumps(value) for name, value in storage.items() if value}
    derived["OTEL_TRACES_EXPORTER"] = "none"  # else it logs an error a minute: nobody collects traces here
    if location is not None:
        derived |= build_http_secret(location)
    return derived | {name: value for name, value in env.items() if name not in OURS}


def build_storage(location: Location) -> dict[str, str]:
    """Return the variables of a storage driver, without their common beginning."""
    match location.storage:
        case "gcs":
            return {"GCS_KEYFILE": str(location.key_file), "GCS_BUCKET": location.bucket}
        case "azure":
            return {
                "AZURE_ACCOUNTNAME": location.access_key,
                "AZURE_ACCOUNTKEY": location.secret_key.reveal(),
                "AZURE_CONTAINER": location.bucket,
                "AZURE_CREDENTIALS_TYPE": "shared_key",
            }
    return {
        "S3_ACCESSKEY": location.access_key,
        "S3_SECRETKEY": location.secret_key.reveal(),
        "S3_REGION": location.region,
        "S3_BUCKET": location.bucket,
        "S3_REGIONENDPOINT": location.endpoint or "",
        "S3_FORCEPATHSTYLE": "true" if location.endpoint else "",
    }


def build_http_secret(location: Location) -> dict[str, str]:
    """Return what all registries on one store must share, so that an upload begun at one can go on at another.

    It is derived from the store's secret; without one (a node's own role) each process makes its own.
    """
    secret = location.secret_key.reveal() or (location.key_file.read_text() if location.key_file else "")
    if not secret:
        return {}
    return {"REGISTRY_HTTP_SECRET": hashlib.sha256(f"deis-registry-http {secret}".encode()).hexdigest()}
