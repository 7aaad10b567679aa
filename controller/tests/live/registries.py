"""A registry of the tests' own, and images in it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from controller.cluster.registryclient import Document, Repository
from controller.cluster.registryimages import RegistryImages, RegistryOptions
from controller.cluster.registrypools import Pools
from kit.waiting import wait_for
from loopback import find_port

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@contextlib.contextmanager
def running_registry(folder: Path, *, auth: dict[str, Any]) -> Iterator[str]:
    """A registry on the file system; its address."""
    program = shutil.which("registry")
    if program is None:
        pytest.fail(
            "registry is not on the PATH; run the live tests in the test image, python3 scripts/live.py"
        )
    port = find_port()
    config = {
        "version": "0.1",
        "log": {"level": "error"},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": f"127.0.0.1:{port}"},
        "auth": auth,
    }
    (folder / "config.yml").write_text(json.dumps(config))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(folder / "config.yml")], stdout=log, stderr=log)
        try:
            wait_for(lambda: answers(port), what="the registry", timeout=20)
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(10)
            print((folder / "log").read_text())


def answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status in (200, 401)
    except OSError:
        return False
    finally:
        connection.close()


def put_blob(repository: Repository, data: bytes) -> dict[str, Any]:
    digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
    repository.put_blob(digest, iter([data]), size=len(data))
    return {"mediaType": "application/octet-stream", "digest": digest, "size": len(data)}


def put_idle_image(registry: str, repository: str, *, base: str, port: int) -> str:
    """An image that does nothing of its own accord but wait, and says that it listens; return its name."""
    host = base.partition("/")[0]
    options = RegistryOptions(
        url=f"http://{registry}", names=(registry,), mirrors={host: f"http://{host}"}, timeout=30.0
    )
    RegistryImages(options).publish(base, target=f"{registry}/{repository}:base")
    place = Repository(Pools({}), f"http://{registry}", repository, timeout=30.0)
    manifest = place.get_manifest("base").content
    config = place.get_document(manifest["config"]["digest"])
    config["config"] |= {
        "Entrypoint": ["/bin/bash", "-c"],
        "Cmd": ["trap 'exit 0' TERM; sleep 1000 & wait"],
        "ExposedPorts": {f"{port}/tcp": {}},
    }
    stored = put_blob(place, json.dumps(config).encode())
    manifest["config"] = {**manifest["config"], **stored, "mediaType": manifest["config"]["mediaType"]}
    document = Document(body=json.dumps(manifest).encode(), media_type=manifest.get("mediaType", MANIFEST))
    place.put_manifest("idle", document)
    return f"{registry}/{repository}:idle"
