"""How the parts of the cluster, and its user, reach the API server."""

import base64
import json
from pathlib import Path
from typing import Any

from devcluster.certificates import KeyPair, get_pair
from devcluster.files import write_file
from devcluster.settings import Settings


def build_kubeconfig(pair: KeyPair, *, server: str) -> dict[str, Any]:
    """A kubeconfig that holds everything itself and so can be copied about."""
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "devcluster",
        "clusters": [
            {
                "name": "devcluster",
                "cluster": {
                    "server": server,
                    "certificate-authority-data": encode(pair.authority),
                },
            }
        ],
        "users": [
            {
                "name": "devcluster",
                "user": {
                    "client-certificate-data": encode(pair.certificate),
                    "client-key-data": encode(pair.key),
                },
            }
        ],
        "contexts": [{"name": "devcluster", "context": {"cluster": "devcluster", "user": "devcluster"}}],
    }


def encode(path: Path) -> str:
    """The file's content in base64."""
    return base64.b64encode(path.read_bytes()).decode()


def get_kubeconfig(name: str, settings: Settings) -> Path:
    """Where the kubeconfig of a part lies."""
    return settings.certificates_dir / f"{name}.kubeconfig"


def apply_kubeconfigs(settings: Settings, *, nodes: list[str]) -> None:
    """Write the administrator's and every part's kubeconfig."""
    parts = ["controller-manager", "scheduler", "proxy", *(f"kubelet-{name}" for name in nodes)]
    for part in parts:
        apply_kubeconfig(get_kubeconfig(part, settings), get_pair(part, settings), settings)
    apply_kubeconfig(settings.kubeconfig, get_pair("admin", settings), settings)


def apply_kubeconfig(path: Path, pair: KeyPair, settings: Settings) -> None:
    """Write one kubeconfig, readable by root only."""
    content = json.dumps(build_kubeconfig(pair, server=settings.api_url), indent=2)
    write_file(path, content + "\n", mode=0o600)
