"""The image registry: where nodes pull from, in place of the hub as well."""

import http.client
import json
from pathlib import Path
from typing import Any

from devcluster.errors import ClusterDown
from devcluster.files import write_file
from devcluster.processes import Process
from devcluster.settings import Settings

MANIFEST_TYPES = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


def build_config(settings: Settings) -> dict[str, Any]:
    """The registry's configuration; JSON is YAML."""
    return {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(settings.state_dir / "registry")},
            "delete": {"enabled": True},
        },
        "http": {"addr": settings.registry_host},
    }


def render_registries_conf(registry_host: str) -> str:
    """What image tools on the machine have to know: plain HTTP, and a mirror of the hub."""
    return f"""unqualified-search-registries = ["docker.io"]

[[registry]]
location = "{registry_host}"
insecure = true

[[registry]]
prefix = "docker.io"
location = "docker.io"

[[registry.mirror]]
location = "{registry_host}"
insecure = true
"""


def get_config_path(settings: Settings) -> Path:
    """Where the registry's configuration lies."""
    return settings.state_dir / "registry.json"


def apply_registry_configs(settings: Settings) -> None:
    """Write the registry's configuration and that of its users on the machine."""
    content = json.dumps(build_config(settings), indent=2) + "\n"
    write_file(get_config_path(settings), content)
    write_file(settings.registries_conf, render_registries_conf(settings.registry_host))


def build_registry(settings: Settings, *, program: Path) -> Process:
    """The registry's process."""
    config = get_config_path(settings)
    return Process(
        name="registry",
        argv=(str(program), "serve", str(config)),
        files=(config,),
        env={"OTEL_TRACES_EXPORTER": "none"},
    )


def is_registry_answering(settings: Settings) -> bool:
    """Whether the registry answers."""
    try:
        return get_answer(settings, "/v2/")[0] == 200
    except ClusterDown:
        return False


def get_config_digest(settings: Settings, *, repository: str, tag: str) -> str | None:
    """The digest of an image's configuration, which is the image's id; ``None`` without image."""
    status, content = get_answer(settings, f"/v2/{repository}/manifests/{tag}")
    if status != 200:
        return None
    digest: str | None = json.loads(content).get("config", {}).get("digest")
    return digest


def get_answer(settings: Settings, path: str) -> tuple[int, bytes]:
    """Status and body of a GET.

    Raises:
        ClusterDown: the registry does not answer.
    """
    connection = http.client.HTTPConnection(settings.node_address, settings.ports.registry, timeout=10)
    try:
        connection.request("GET", path, headers={"Accept": ", ".join(MANIFEST_TYPES)})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise ClusterDown("The registry does not answer; `devcluster up` starts it.") from error
    finally:
        connection.close()
