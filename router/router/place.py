"""Where the router lives on its machine: directories, sockets, ports. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

STREAM_MODULE = Path("/usr/lib/nginx/modules/ngx_stream_module.so")


@dataclass(frozen=True, kw_only=True)
class Listeners:
    """The ports are fixed (specification, section 19); tests take free ones."""

    host: str = "0.0.0.0"
    http: int = 8080
    https: int = 6443
    git: int = 2222
    health: int = 9090


@dataclass(frozen=True, kw_only=True)
class Place:
    root: Path = Path("/tmp/router")
    listeners: Listeners = Listeners()
    workers: int = 2
    """What ``workerProcesses: auto`` stands for."""
    stream_module: Path = STREAM_MODULE
    access_log: str = "/dev/stdout"
    user: str = ""
    """Whom the workers run as; empty: whoever started the master, which in the image is not root."""

    @property
    def config(self) -> Path:
        return self.root / "nginx.conf"

    @property
    def pid(self) -> Path:
        return self.root / "nginx.pid"

    @property
    def certificates(self) -> Path:
        """One PEM a pair, named by its digest."""
        return self.root / "certificates"

    @property
    def fallback_certificate(self) -> Path:
        return self.root / "fallback.pem"

    @property
    def temporary(self) -> Path:
        """Bodies that nginx does not hold in memory."""
        return self.root / "temporary"

    @property
    def failure_socket(self) -> Path:
        return self.root / "failures.sock"

    def certificate(self, digest: str) -> Path:
        return self.certificates / f"{digest}.pem"
