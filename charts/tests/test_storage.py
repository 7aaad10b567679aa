"""Each kind of object storage, from the chart's values to what the components read.

Source: platform specification, section 9; build specification, sections 7.2 and 18.1.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kit.objectstore import read_location

Manifest = dict[str, Any]
Render = Callable[..., list[Manifest]]
GOOGLE_KEY = base64.b64encode(b'{"type": "service_account"}').decode()
BUCKETS = {"builder-bucket": "b", "registry-bucket": "r", "database-bucket": "d"}
CONTAINERS = {"builder-container": "b", "registry-container": "r", "database-container": "d"}
NAMED_BUCKETS = {"builder_bucket": "b", "registry_bucket": "r", "database_bucket": "d"}
VALUES: dict[str, Manifest] = {
    "s3": {"accesskey": "a", "secretkey": "s", "region": "eu-west-1", **NAMED_BUCKETS},
    "gcs": {"key_json": GOOGLE_KEY, **NAMED_BUCKETS},
    "azure": {
        "accountname": "a",
        "accountkey": "k",
        "builder_container": "b",
        "registry_container": "r",
        "database_container": "d",
    },
}
PARAMETERS: dict[str, Manifest] = {
    "s3": {"accesskey": "a", "secretkey": "s", "region": "eu-west-1", **BUCKETS},
    "gcs": {"key.json": '{"type": "service_account"}', **BUCKETS},
    "azure": {"accountname": "a", "accountkey": "k", **CONTAINERS},
}
READERS = {
    "deis-builder": ("BUILDER_STORAGE", "/var/run/secrets/deis/objectstore/creds"),
    "deis-controller": ("APP_STORAGE", "/var/run/secrets/deis/objectstore/creds"),
    "deis-registry": ("REGISTRY_STORAGE", "/var/run/secrets/deis/registry/creds"),
}


def set_storage(storage: str, **values: str) -> tuple[str, ...]:
    section = VALUES.get(storage, {}) | values
    return (
        "--set",
        f"global.storage={storage}",
        *(f"--set-string={storage}.{name}={value}" for name, value in section.items()),
    )


def find(objects: list[Manifest], kind: str, name: str) -> Manifest:
    (found,) = (item for item in objects if (item["kind"], item["metadata"]["name"]) == (kind, name))
    return found


def decode(secret: Manifest) -> dict[str, str]:
    return {name: base64.b64decode(value).decode() for name, value in secret["data"].items()}


@pytest.mark.parametrize("storage", VALUES)
def test_the_secret_has_the_parameters_of_its_storage(storage: str, render: Render) -> None:
    secret = find(render(*set_storage(storage)), "Secret", "objectstorage-keyfile")
    assert decode(secret) == PARAMETERS[storage]
    assert secret["metadata"]["annotations"]["deis.io/objectstorage"] == storage
    assert (secret["type"], secret["metadata"]["labels"]["heritage"]) == ("Opaque", "deis")


@pytest.mark.parametrize("storage", VALUES)
def test_what_is_mounted_is_what_the_components_read(storage: str, render: Render, tmp_path: Path) -> None:
    secret = find(render(*set_storage(storage)), "Secret", "objectstorage-keyfile")
    for name, content in decode(secret).items():
        (tmp_path / name).write_text(content)
    locations = {
        container: read_location(storage=storage, credentials=tmp_path, container=container)
        for container in ("builder", "registry", "database")
    }
    assert [found.bucket for found in locations.values()] == ["b", "r", "d"]
    assert {(found.storage, found.endpoint) for found in locations.values()} == {(storage, None)}


@pytest.mark.parametrize("storage", VALUES)
def test_each_component_is_told_the_storage_and_given_its_parameters(storage: str, render: Render) -> None:
    objects = render(*set_storage(storage))
    for name, (variable, mount) in READERS.items():
        pod = find(objects, "Deployment", name)["spec"]["template"]["spec"]
        (volume,) = (
            item["name"]
            for item in pod["volumes"]
            if item.get("secret", {}).get("secretName") == "objectstorage-keyfile"
        )
        readers = [item for item in pod["containers"] if variable in json.dumps(item.get("env", []))]
        assert readers, name
        for container in readers:
            assert {"name": variable, "value": storage} in container["env"]
            (mounted,) = (item for item in container["volumeMounts"] if item["name"] == volume)
            assert (mounted["mountPath"], mounted["readOnly"]) == (mount, True)


@pytest.mark.parametrize("storage", [*VALUES, "in-cluster", "minio"])
def test_a_store_in_the_cluster_runs_only_where_it_is_asked_for(storage: str, render: Render) -> None:
    objects = render(*set_storage(storage))
    named = {item["metadata"]["name"] for item in objects if item["kind"] in ("StatefulSet", "Service")}
    assert ("deis-objectstorage" in named) == (storage in ("in-cluster", "minio"))
    assert ("DEIS_OBJECTSTORAGE_SERVICE_HOST" in json.dumps(objects)) == ("deis-objectstorage" in named)


def test_a_store_that_is_compatible_with_s3_has_an_address(render: Render, tmp_path: Path) -> None:
    objects = render(*set_storage("s3", endpoint="https://store.example.com:9000"))
    for name, content in decode(find(objects, "Secret", "objectstorage-keyfile")).items():
        (tmp_path / name).write_text(content)
    location = read_location(storage="s3", credentials=tmp_path, container="builder")
    assert location.endpoint == "https://store.example.com:9000"
