"""Where everything lies, listens and is called.

The address ranges are from 198.18.0.0/15, which is reserved for benchmarks and so collides with
nobody's network. Host processes listen above 61000: that is outside the widened range of node
ports (80-32767) and outside the ports that Linux hands to outgoing connections (32768-60999).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devcluster.errors import SettingsError


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Ports of host processes."""

    api: int = 61443
    etcd: int = 61379
    etcd_peer: int = 61380
    kubelet: int = 61250
    kubelet_health: int = 61248
    proxy_health: int = 61256
    proxy_metrics: int = 61249
    controller_manager: int = 61257
    scheduler: int = 61259
    registry: int = 5000
    """Inside the range of node ports, so a Service reserves it (``manifests.py``)."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Fixed by the project; only the published ports may be moved by the environment."""

    sources_dir: Path = Path(__file__).resolve().parent.parent / "programs"
    cache_dir: Path = Path("/var/cache/devcluster")
    state_dir: Path = Path("/var/lib/devcluster")
    run_dir: Path = Path("/run/devcluster")
    log_dir: Path = Path("/var/log/devcluster")
    lock_file: Path = Path("/run/devcluster.lock")
    image_lock_file: Path = Path("/run/devcluster-images.lock")
    package_lock_file: Path = Path("/run/devcluster-packages.lock")
    cgroup: str = "devcluster"
    interface: str = "devcluster0"
    node_address: str = "198.19.255.1"
    cluster_range: str = "198.18.0.0/15"
    pod_range: str = "198.18.0.0/16"
    service_range: str = "198.19.0.0/17"
    api_service_address: str = "198.19.0.1"
    dns_address: str = "198.19.0.10"
    domain: str = "cluster.local"
    node_port_range: str = "80-32767"
    published_ports: tuple[int, ...] = (80, 443, 2222)
    """Node ports that the platform's router answers on, on 127.0.0.1; HTTP_PORT, HTTPS_PORT."""
    ports: Ports = field(default_factory=Ports)
    volume_count: int = 12
    volume_size: str = "10Gi"
    free_disk_gib: int = 15
    """To begin with: sources, compilers' caches, images."""
    free_disk_gib_later: int = 3
    """Once all is compiled."""

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Raise ``SettingsError`` that names every malformed variable at once."""
        defaults = {"HTTP_PORT": "80", "HTTPS_PORT": "443"}
        values = {name: env.get(name) or default for name, default in defaults.items()}
        bad = [name for name, value in values.items() if not is_port(value)]
        if bad:
            raise SettingsError(f"{' and '.join(bad)} must be a port number from 80 to 32767.")
        return cls(published_ports=(int(values["HTTP_PORT"]), int(values["HTTPS_PORT"]), 2222))

    @property
    def api_url(self) -> str:
        return f"https://{self.node_address}:{self.ports.api}"

    @property
    def registry_host(self) -> str:
        return f"{self.node_address}:{self.ports.registry}"

    @property
    def packages_list(self) -> Path:
        return self.sources_dir.parent / "packages.txt"

    @property
    def bin_dir(self) -> Path:
        return self.state_dir / "bin"

    @property
    def kubeconfig(self) -> Path:
        return self.state_dir / "kubeconfig"

    @property
    def registries_conf(self) -> Path:
        return self.state_dir / "registries.conf"

    @property
    def certificates_dir(self) -> Path:
        return self.state_dir / "certificates"

    @property
    def volumes_dir(self) -> Path:
        return self.state_dir / "volumes"

    @property
    def resolv_conf(self) -> Path:
        return self.state_dir / "resolv.conf"


def is_port(text: str) -> bool:
    """Whether the text is a number in the range of node ports."""
    return text.isdecimal() and 80 <= int(text) <= 32767
