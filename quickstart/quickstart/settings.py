"""The environment, read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import SettingsError

DEVCLUSTER = "devcluster"
CURRENT = "current"
DEVCLUSTER_REGISTRY = "198.19.255.1:5000"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Where things are, and which cluster is meant."""

    checkout: Path
    state: Path
    """Private directory (mode 0700) for the administrator's password, the SSH key and the profile."""
    cluster: str = DEVCLUSTER
    """``devcluster``, or ``current`` for whatever kubectl points at."""
    registry: str = DEVCLUSTER_REGISTRY
    """Registry that the cluster pulls platform images from."""
    kubeconfig: str = ""
    """Empty: what kubectl finds by itself."""
    http_port: int = 80
    https_port: int = 443
    domain: str = "localhost"
    values_file: Path | None = None
    """Chart values of the operator's own, over those of the quick start."""

    @classmethod
    def from_env(cls, env: Mapping[str, str], *, checkout: Path) -> Settings:
        """Raise ``SettingsError`` for a port that is none, an unknown CLUSTER, a file that is missing, or
        CLUSTER=current without REGISTRY and DOMAIN."""
        cluster = env.get("CLUSTER") or DEVCLUSTER
        if cluster not in (DEVCLUSTER, CURRENT):
            raise SettingsError(f"CLUSTER is {cluster!r}; it can be {DEVCLUSTER} or {CURRENT}.")
        registry = env.get("REGISTRY") or (DEVCLUSTER_REGISTRY if cluster == DEVCLUSTER else "")
        if not registry:
            raise SettingsError(
                "CLUSTER=current needs REGISTRY: a registry that you may push to and the cluster can pull from."
            )
        if cluster == CURRENT and not env.get("DOMAIN"):
            raise SettingsError(
                "CLUSTER=current needs DOMAIN: the domain below which every name leads to your cluster's router."
            )
        home = Path(env.get("HOME") or "/root")
        state_home = Path(env.get("XDG_STATE_HOME") or home / ".local" / "state")
        return cls(
            checkout=checkout,
            state=state_home / ("deis-workflow" if cluster == DEVCLUSTER else "deis-workflow-current"),
            cluster=cluster,
            registry=registry.rstrip("/"),
            kubeconfig="/var/lib/devcluster/kubeconfig"
            if cluster == DEVCLUSTER
            else env.get("KUBECONFIG", ""),
            http_port=parse_port(env, "HTTP_PORT", default=80),
            https_port=parse_port(env, "HTTPS_PORT", default=443),
            domain=env.get("DOMAIN") or "localhost",
            values_file=parse_file(env, "VALUES"),
        )

    @property
    def controller_url(self) -> str:
        """The API's address."""
        return f"http://deis.{self.domain}{self.port_suffix}"

    @property
    def port_suffix(self) -> str:
        return "" if self.http_port == 80 else f":{self.http_port}"

    def app_url(self, app: str) -> str:
        return f"http://{app}.{self.domain}{self.port_suffix}"

    @property
    def profile(self) -> Path:
        """The settings file of `deis`, apart from the user's own."""
        return self.state / "client.json"

    @property
    def ssh_key(self) -> Path:
        return self.state / "id_ed25519"

    @property
    def known_hosts(self) -> Path:
        return self.state / "known_hosts"

    @property
    def password_file(self) -> Path:
        return self.state / "administrator-password"


def parse_file(env: Mapping[str, str], name: str) -> Path | None:
    """The file named by a variable, which must be there."""
    text = env.get(name)
    if not text:
        return None
    if not Path(text).is_file():
        raise SettingsError(f"{name} is {text!r}; there is no such file.")
    return Path(text).absolute()


def parse_port(env: Mapping[str, str], name: str, *, default: int) -> int:
    """The port named by a variable, or its default."""
    text = env.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SettingsError(f"{name} is {text!r}; it must be a port number, 1 to 65535.")
    return int(text)
