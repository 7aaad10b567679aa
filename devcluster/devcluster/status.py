"""What runs and what does not."""

from dataclasses import asdict, dataclass

from devcluster.dns import is_dns_answering
from devcluster.errors import ApiError, ClusterDown
from devcluster.kube import Kube
from devcluster.metricsserver import is_installed, is_measuring
from devcluster.nodes import build_nodes
from devcluster.processes import list_running
from devcluster.registry import is_registry_answering
from devcluster.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Part:
    """One line of the answer."""

    name: str
    state: str
    """``running`` or ``stopped`` for a process, ``ready`` or ``not ready`` for the rest."""
    pid: int | None = None

    @property
    def is_good(self) -> bool:
        return self.state in ("running", "ready")


def list_processes(settings: Settings) -> list[str]:
    """The names of the processes of a whole cluster."""
    names = ["registry", "etcd", "api", "controller-manager", "scheduler"]
    for node in build_nodes(settings):
        names += [f"containerd-{node.name}", f"kubelet-{node.name}", f"proxy-{node.name}"]
    return names


def list_parts(settings: Settings) -> list[Part]:
    """Every part of the cluster, in the order of starting."""
    running = {run.name: run.pid for run in reversed(list_running()) if not run.is_helper}
    parts = [
        Part(name=name, state="running" if name in running else "stopped", pid=running.get(name))
        for name in list_processes(settings)
    ]
    answers = {
        "registry answers": is_registry_answering(settings),
        **list_answers(settings),
        "cluster DNS answers": is_dns_answering(settings),
    }
    return parts + [Part(name=name, state="ready" if good else "not ready") for name, good in answers.items()]


def list_answers(settings: Settings) -> dict[str, bool]:
    """What the API server says."""
    names = [node.name for node in build_nodes(settings)]
    try:
        kube = Kube(settings)
        ready = {name: kube.has_condition(f"/api/v1/nodes/{name}", "Ready") for name in names}
        metrics = {"metrics are told": is_measuring(kube, settings)} if is_installed(kube) else {}
        return {"API answers": kube.is_ready(), **ready, **metrics}
    except (ClusterDown, ApiError, OSError):
        return dict.fromkeys(["API answers", *names], False)


def render_parts(parts: list[Part]) -> str:
    """A table."""
    lines = [f"{part.name:<22}{part.state:<12}{part.pid or ''}".rstrip() for part in parts]
    return "\n".join(lines)


def build_answer(parts: list[Part], settings: Settings) -> dict[str, object]:
    """The same for programs."""
    return {
        "ready": all(part.is_good for part in parts),
        "kubeconfig": str(settings.kubeconfig),
        "registry": settings.registry_host,
        "parts": [asdict(part) for part in parts],
    }
